import Ingest

/// Something the store is asked to do while the loop goes on, one request at a time: a commit while the next batch
/// folds, a read while more is gathered.
///
/// Production runs it on a queue of its own; the simulation runs it at a step of its choosing, on one thread.
package protocol Errand<Request, Answer>: AnyObject {
    associatedtype Request
    associatedtype Answer

    /// Starts one; none may be under way.
    func start(_ request: Request)

    /// The answer to the one under way, if it is there; with `wait`, waits for it. Nil also when none is under way.
    func finished(wait: Bool) -> Result<Answer, StoreError>?
}
