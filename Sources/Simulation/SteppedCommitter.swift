import Ingest
import Worker

/// Runs a commit when the scheduler says so, or when somebody waits for it.
final class SteppedCommitter: Committer {
    private let store: any ProfileStore
    private var changeset: Changeset?
    private var result: Result<CommitOutcome, StoreError>?

    init(_ store: any ProfileStore) { self.store = store }

    var isUnderWay: Bool { changeset != nil }

    func start(_ changeset: Changeset) {
        precondition(self.changeset == nil && result == nil, "one commit at a time")
        self.changeset = changeset
    }

    /// Executes the commit under way; its reply waits until it is asked for.
    func execute() {
        guard let changeset else { return }
        self.changeset = nil
        do throws(StoreError) { result = .success(try store.commit(changeset)) } catch { result = .failure(error) }
    }

    func finished(wait: Bool) -> Result<CommitOutcome, StoreError>? {
        if wait { execute() }
        defer { result = nil }
        return result
    }
}
