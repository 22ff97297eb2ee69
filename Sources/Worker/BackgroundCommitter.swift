import Dispatch
import Ingest
import Synchronization

/// Commits on a queue of its own, so that the next batch folds while the last one is written.
package final class BackgroundCommitter: Committer, Sendable {
    private let store: any ProfileStore
    private let queue = DispatchQueue(label: "guanxi.commit")
    private let done = DispatchSemaphore(value: 0)
    private struct State {
        var isUnderWay = false
        var result: Result<CommitOutcome, StoreError>?
    }
    private let state = Mutex(State())

    package init(store: any ProfileStore) { self.store = store }

    package func start(_ changeset: Changeset) {
        state.withLock { state in
            precondition(!state.isUnderWay, "one commit at a time")
            state.isUnderWay = true
        }
        queue.async { [self] in
            let result: Result<CommitOutcome, StoreError>
            do throws(StoreError) {
                result = .success(try store.commit(changeset))
            } catch {
                result = .failure(error)
            }
            state.withLock { $0.result = result }
            done.signal()
        }
    }

    package func finished(wait: Bool) -> Result<CommitOutcome, StoreError>? {
        guard state.withLock({ $0.isUnderWay }) else { return nil }
        guard done.wait(timeout: wait ? .distantFuture : .now()) == .success else { return nil }
        return state.withLock { state in
            defer { state = State() }
            return state.result
        }
    }
}
