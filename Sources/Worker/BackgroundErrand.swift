import Dispatch
import Ingest
import Synchronization

/// Runs on a queue of its own.
package final class BackgroundErrand<Request: Sendable, Answer: Sendable>: Errand, Sendable {
    private let run: @Sendable (Request) throws(StoreError) -> Answer
    private let queue: DispatchQueue
    private let done = DispatchSemaphore(value: 0)
    private struct State {
        var isUnderWay = false
        var result: Result<Answer, StoreError>?
    }
    private let state = Mutex(State())

    package init(_ name: String, _ run: @escaping @Sendable (Request) throws(StoreError) -> Answer) {
        self.run = run
        queue = DispatchQueue(label: "guanxi.\(name)")
    }

    package func start(_ request: Request) {
        state.withLock { state in
            precondition(!state.isUnderWay, "one at a time")
            state.isUnderWay = true
        }
        queue.async { [self] in
            let result: Result<Answer, StoreError>
            do throws(StoreError) { result = .success(try run(request)) } catch { result = .failure(error) }
            state.withLock { $0.result = result }
            done.signal()
        }
    }

    package func finished(wait: Bool) -> Result<Answer, StoreError>? {
        guard state.withLock({ $0.isUnderWay }) else { return nil }
        guard done.wait(timeout: wait ? .distantFuture : .now()) == .success else { return nil }
        return state.withLock { state in
            defer { state = State() }
            return state.result
        }
    }
}
