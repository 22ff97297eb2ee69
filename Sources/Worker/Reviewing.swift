import Ingest
import Profiles

/// Reviews: profiles whose `review_at` has come are evaluated anew, so that a stage turns at its instant with no event.
///
/// A review is a commit like any other, guarded by the versions it read, and takes its turn between batches; while
/// events are behind, it takes one bounded share after each batch, so neither starves the other.
extension WorkerLoop {
    var isReviewDue: Bool {
        !isDraining && !assignment.isEmpty && storeOffset != nil
            && (isReviewBehind || clock() >= reviewedAt.saturatingAdd(settings.reviewInterval))
    }

    func review() throws(WorkerStop) {
        // Only on what is committed: a batch that waits was folded without knowing what a review would write.
        guard isReviewDue, committing == nil, ready == nil, retrying == nil, clock() >= retryAt else { return }
        reviewedAt = clock()
        let claim: (due: [StoredProfile], now: Int64)
        do throws(StoreError) {
            claim = try store.claimDue(limit: settings.reviewLimit)
        } catch {
            try restart(after: error)
            return
        }
        answered()
        isReviewBehind = claim.due.count == settings.reviewLimit
        meter.update { metrics in
            metrics.reviewsDue &+= UInt64(claim.due.count)
            metrics.reviewLag = claim.due.first.map { Double(claim.now - $0.standing.reviewAt) / 1000 } ?? 0
        }
        if claim.due.isEmpty { return }

        var batch = FoldedBatch(changeset: Changeset(), trigger: .linger)
        var rows = Changeset.Lane()
        for profile in claim.due.sorted(by: { $0.customer.lexicographicallyPrecedes($1.customer) }) {
            do throws(EncodingError) {
                let result = try fold.review(profile, now: claim.now, into: &rows)
                lanes.refresh(profile.customer, result.stored)
            } catch {
                throw .failed("a stored profile cannot be read: \(error)")
            }
        }
        batch.changeset.lanes = [rows]
        batch.reviewed = claim.due.count
        ready = batch
        startCommit()
    }
}
