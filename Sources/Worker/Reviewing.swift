import Ingest
import Profiles

/// Reviews: profiles whose `review_at` has come are evaluated anew, so that a stage turns at its instant with no event.
///
/// A review is a commit like any other, guarded by the versions it read, and takes its turn between batches; while
/// events are behind, it takes one bounded share after each batch, so neither starves the other.
extension WorkerLoop {
    var isReviewDue: Bool {
        !isDraining && !assignment.isEmpty && storeOffset != nil
            // While events wait, or may, a batch of them comes between two reviews.
            && (!isBatchNext || (gatheredRecords == 0 && quietSince != nil))
            && (isReviewBehind || clock() >= reviewedAt.saturatingAdd(settings.reviewInterval))
    }

    /// A look that will probably find nothing waits for a gap between batches, as long as events may wait themselves:
    /// nothing would be folded while the commit before it ends. What is known to be due is not kept waiting.
    var isReviewPressing: Bool {
        isReviewDue
            && (isReviewBehind
                || clock() >= reviewedAt.saturatingAdd(settings.reviewInterval + settings.policy.freshness))
    }

    func review() throws(WorkerStop) {
        // Only on what is committed: a batch that waits was folded without knowing what a review would write.
        guard isReviewDue, committing == nil, ready == nil, retrying == nil, clock() >= retryAt else { return }
        let claim: (due: [StoredProfile], now: Int64)
        do throws(StoreError) {
            try readDefinitions()
            reviewedAt = clock()
            claim = try claimed()
        } catch {
            try restart(after: error)
            return
        }
        answered()
        if claim.due.isEmpty { return }
        // Read before the review writes: what it writes is remembered over it.
        takeRead(wait: true)

        var batch = FoldedBatch(changeset: Changeset(by: fold.definitions), trigger: .linger)
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
        isBatchNext = true
        ready = batch
        startCommit()
    }

    /// Those whose time has come; with none due, some of those who were evaluated with what is no longer in force.
    private func claimed() throws(StoreError) -> (due: [StoredProfile], now: Int64) {
        let due = try store.claimDue(limit: settings.reviewLimit)
        isReviewBehind = due.due.count == settings.reviewLimit
        meter.update { metrics in
            metrics.reviewsDue &+= UInt64(due.due.count)
            metrics.reviewLag = due.due.first.map { Double(due.now - $0.standing.reviewAt) / 1000 } ?? 0
        }
        if !due.due.isEmpty || !isBackfilling { return due }
        // While events come in, a smaller share: they go first.
        let limit = gatheredRecords > 0 ? max(1, settings.reviewLimit / 4) : settings.reviewLimit
        let stale = try store.claimStale(fold.definitions.versions, limit: limit)
        isBackfilling = !stale.due.isEmpty
        isReviewBehind = isBackfilling
        return stale
    }

    /// Takes over what was applied or calibrated since the last look; people are then evaluated with it, whoever has
    /// an event at once and everybody else in the background.
    func readDefinitions() throws(StoreError) {
        guard clock() >= definitionsAt.saturatingAdd(settings.reviewInterval) else { return }
        if let definitions = try store.definitions(otherThan: fold.definitions.edition) {
            fold.definitions = definitions
            meter.update { $0.versions = definitions.versions }
        }
        definitionsAt = clock()
        // Asked again each time: another worker may have died in the middle of a share.
        isBackfilling = true
    }
}
