import Dispatch
import Ingest
import Synchronization

/// Rows on their way from the lanes that fold to the commit that writes them: PostgreSQL takes the first while the last
/// are folded.
final class RowStream: Sendable {
    private struct State {
        var sent: [Changeset.Lane] = []
        /// How many of them were taken.
        var taken = 0
        var last: [Changeset.Lane]?
        var isGivenUp = false
    }
    private let state = Mutex(State())
    /// Signalled once for all that is sent and once for the end: no less often than `next` has something to give.
    private let news = DispatchSemaphore(value: 0)

    /// From any lane, in any order: no two hold a row of one person.
    func send(_ rows: Changeset.Lane) {
        if rows.profiles.isEmpty { return }
        state.withLock { $0.sent.append(rows) }
        news.signal()
    }

    /// - Parameter last: is written after all that were sent, and may hold rows over theirs.
    func end(with last: [Changeset.Lane]) {
        state.withLock { $0.last = last }
        news.signal()
    }

    /// Nothing more comes, and nothing is to be written.
    func giveUp() {
        state.withLock { $0.isGivenUp = true }
        news.signal()
    }

    var sent: [Changeset.Lane] { state.withLock { $0.sent } }

    /// See `RowsToCome`.
    @Sendable func next() -> ArrivingRows? {
        while true {
            news.wait()
            var isGivenUp = false
            let arrived: ArrivingRows? = state.withLock { state in
                isGivenUp = state.isGivenUp
                if isGivenUp { return nil }
                if state.taken < state.sent.count {
                    defer { state.taken = state.sent.count }
                    return .earlier(Array(state.sent[state.taken...]))
                }
                return state.last.map { .last($0) }
            }
            if isGivenUp { return nil }
            // Nothing yet where what the signal was for has been taken with what came before.
            if let arrived { return arrived }
        }
    }
}
