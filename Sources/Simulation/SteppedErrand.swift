import Ingest
import Worker

/// Runs when the scheduler says so, or when somebody waits for it.
final class SteppedErrand<Request, Answer>: Errand {
    private let run: (Request) throws(StoreError) -> Answer
    private var request: Request?
    private var result: Result<Answer, StoreError>?

    init(_ run: @escaping (Request) throws(StoreError) -> Answer) { self.run = run }

    var isUnderWay: Bool { request != nil }

    func start(_ request: Request) {
        precondition(self.request == nil && result == nil, "one at a time")
        self.request = request
    }

    /// Executes the one under way; its reply waits until it is asked for.
    func execute() {
        guard let request else { return }
        self.request = nil
        do throws(StoreError) { result = .success(try run(request)) } catch { result = .failure(error) }
    }

    func finished(wait: Bool) -> Result<Answer, StoreError>? {
        if wait { execute() }
        defer { result = nil }
        return result
    }
}
