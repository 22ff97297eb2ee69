import Ingest

/// Where a commit runs while the next batch folds: one at a time.
///
/// Production runs it on a queue of its own; the simulation runs it at a step of its choosing, on one thread.
package protocol Committer: AnyObject {
    /// Starts a commit; none may be under way.
    func start(_ changeset: Changeset)

    /// The result of the commit under way, if it is there; with `wait`, waits for it. Nil also when none is under way.
    func finished(wait: Bool) -> Result<CommitOutcome, StoreError>?
}
