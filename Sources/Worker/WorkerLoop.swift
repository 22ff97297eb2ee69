import Decoding
import Ingest
import Interactions
import Profiles
import Synchronization

/// The loop of a worker: a slice of each partition is folded into profiles, and committed with the position in one
/// transaction that only succeeds if the position is still where the slice began.
///
/// One thread calls `step()` for ever. At any time at most one batch is being committed, one is folded on top of it
/// and waits, and one is gathered: nothing can grow. Whenever it is not certain that the store stands where we think
/// (a fence, an unknown outcome, a rebalance), what was not committed is dropped and the positions are read anew; the
/// store alone knows what has been folded.
package final class WorkerLoop {
    let log: any RecordLog
    let store: any ProfileStore
    let committer: any Errand<Changeset, CommitOutcome>
    let reader: any Errand<[[UInt8]], [Stored]>
    let meter: Meter
    let settings: WorkerSettings
    /// Monotonic milliseconds.
    let clock: () -> Int64
    var fold: PersonFold
    let lanes: Lanes

    var assignment = Assignment()
    private var records = Records()
    var gathering = Gathering()
    /// Since when the log has had nothing.
    var quietSince: Int64?
    var ready: FoldedBatch?
    var committing: FoldedBatch?
    /// Was not committed, through no fault of its own, and is tried again first.
    var retrying: FoldedBatch?
    /// The store's clock minus ours, ms.
    var storeOffset: Int64?

    private var commitPace = Pace(0.01)
    private var foldPace = Pace(0.002)
    var reviewedAt: Int64 = .min
    /// More are due than the last review took.
    var isReviewBehind = false
    /// The last commit was a review, or there was none yet: events that wait have the next turn.
    var isBatchNext = false
    /// When the store was last asked what is in force.
    var definitionsAt: Int64 = .min
    /// Somebody may not have been evaluated with what is in force.
    var isBackfilling = false

    /// The group's answer to which partitions are ours waits for the store to say where they stand.
    private var pending: [Partition]?
    var retryAt: Int64 = .min
    private var unreachableSince: Int64?
    private var failures = 0
    /// People who are being read while more is gathered.
    var reading: [[[UInt8]]] = []
    /// A batch of events was committed since the partitions were assigned.
    private var hasCommitted = false
    var isDraining = false
    private let drainRequest = Atomic(false)
    /// Halved when the store refuses a batch because of its data, until the record is alone.
    private var batchLimit: Int
    private var poison: [Partition: Int64] = [:]
    /// Others may write people of ours: the events of a batch stay until it is committed. Not where all partitions are
    /// ours, as they are a third of a worker's memory and one who is alone never needs them, until somebody has written
    /// one of ours after all.
    private var keepsEvents = false

    package init(
        log: any RecordLog, store: any ProfileStore, committer: any Errand<Changeset, CommitOutcome>,
        reader: any Errand<[[UInt8]], [Stored]>, meter: Meter = Meter(), settings: WorkerSettings = WorkerSettings(),
        clock: @escaping () -> Int64
    ) {
        self.log = log
        self.store = store
        self.committer = committer
        self.reader = reader
        self.meter = meter
        self.settings = settings
        self.clock = clock
        fold = PersonFold(rules: settings.rules, definitions: settings.definitions)
        let count = max(1, settings.lanes)
        let limits = DecodingLimits(
            maximumBytes: settings.maximumRecordBytes, futureTolerance: settings.futureTolerance)
        lanes = Lanes(
            (0..<count).map { _ in
                Lane(
                    decoder: Decoder(key: settings.rules.hashKey, limits: limits),
                    cacheLimit: settings.cacheBytes / count)
            })
        batchLimit = settings.policy.records
    }

    /// A loop that commits and reads on queues of their own.
    package convenience init(
        log: any RecordLog, store: any ProfileStore, meter: Meter = Meter(),
        settings: WorkerSettings = WorkerSettings(), clock: @escaping () -> Int64
    ) {
        self.init(
            log: log, store: store,
            committer: BackgroundErrand("commit") { (changeset) throws(StoreError) in try store.commit(changeset) },
            reader: BackgroundErrand("read") { (customers) throws(StoreError) in try store.load(customers) },
            meter: meter, settings: settings, clock: clock)
    }

    /// Asks the loop to commit what it has and end with `.drained`. From any thread.
    package func drain() { drainRequest.store(true, ordering: .relaxed) }

    /// One turn: at most `timeout` waiting for the log.
    package func step(timeout: Duration = .milliseconds(50)) throws(WorkerStop) {
        meter.update { $0.turns &+= 1 }
        if !isDraining, drainRequest.load(ordering: .relaxed) { isDraining = true }
        try finishCommit(wait: false)
        try assignPending()
        if !isDraining || gathering.records == 0 { try poll(isBusy ? min(timeout, .milliseconds(5)) : timeout) }
        try foldIfReady()
        startCommit()
        try review()
        if isDraining, committing == nil, retrying == nil, ready == nil, gathering.records == 0 { throw .drained }
    }

    var gatheredRecords: Int { gathering.records }
    private var isBusy: Bool { committing != nil || gathering.records > 0 }
    private var now: Int64 { clock() + (storeOffset ?? 0) }

    // MARK: - Poll and gather

    private func poll(_ timeout: Duration) throws(WorkerStop) {
        // With one batch committing and one waiting there is no room for more than one being gathered.
        let room = min(settings.pollRecords, batchLimit - gathering.records)
        if room <= 0 {
            try finishCommit(wait: true)
            return
        }
        let event: LogEvent
        do throws(LogError) {
            event = try log.poll(
                into: &records, maximumRecords: isDraining ? 0 : room, maximumBytes: settings.pollBytes,
                timeout: isDraining ? .zero : timeout)
        } catch {
            throw .failed(error.description)
        }
        switch event {
        case .idle: quietSince = quietSince ?? clock()
        case .records:
            quietSince = nil
            gather()
        case .assigned(let partitions):
            pending = partitions
            retryAt = .min
            keepsEvents = !log.areAll(partitions)
            meter.update {
                $0.rebalances &+= 1
                $0.hasJoined = true
            }
        case .revoked:
            try revoke()
        case .outOfRange(let partition, let offset):
            // Records were removed before they were folded, or the topic was made anew: an operator must decide.
            assignment.stopped(partition)
            meter.update { $0.stopped[partition] = offset }
        case .unreachable: meter.update { $0.isLogReachable = false }
        }
        // Silence proves nothing before the group has answered.
        if event == .records || event == .idle {
            meter.update { $0.isLogReachable = event == .records || $0.hasJoined }
        }
    }

    private func gather() {
        let started = clock()
        var kept = Records()
        swap(&kept, &records)
        defer { swap(&kept, &records) }
        assignment.gather(&kept)
        if kept.isEmpty { return }
        if gathering.records == 0 { gathering.since = started }

        let pieces = lanes.decode(kept, now: now)
        let first = gathering.pieces.count
        for piece in pieces {
            for rejection in piece.batch.rejections { reject(kept, rejection, piece.batch.bytes) }
            gathering.keyDifferences += piece.keyDifferences
            gathering.pieces.append(piece)
        }
        refusePoison(kept, from: first)
        lanes.gather(gathering.pieces, from: first)
        readAhead()
        gathering.count(kept.records, now: now)
        let elapsed = clock() - started
        meter.update { $0.decodeTime.observe(.milliseconds(elapsed)) }
    }

    private func reject(_ records: Records, _ rejection: Rejection, _ bytes: [UInt8]) {
        let record = records.records[Int(rejection.record)]
        gathering.rejections.append(
            Changeset.RejectedRecord(
                partition: records.partitions[Int(record.partition)], offset: record.offset, code: rejection.code,
                detail: rejection.detail, key: Array(records.bytes[record.key]),
                payload: record.isTombstone ? nil : Array(records.bytes[record.value]),
                customer: rejection.customer.isAbsent ? nil : Array(bytes[rejection.customer.range])))
    }

    /// Turns records that the store refused by themselves into rejections.
    private func refusePoison(_ records: Records, from first: Int) {
        if poison.isEmpty { return }
        for index in records.records.indices {
            let record = records.records[index]
            guard poison[records.partitions[Int(record.partition)]] == record.offset else { continue }
            for piece in first..<gathering.pieces.count {
                let found = gathering.pieces[piece].batch.interactions.firstIndex { $0.record == UInt32(index) }
                guard let found else { continue }
                let bytes = gathering.pieces[piece].batch.bytes
                let customer = gathering.pieces[piece].batch.interactions[found].customer
                reject(
                    records,
                    Rejection(
                        record: UInt32(index), code: .outOfRange, detail: "the database refuses a value of this record",
                        customer: customer),
                    bytes)
                gathering.pieces[piece].batch.interactions.remove(at: found)
                gathering.pieces[piece].hashes.remove(at: found)
            }
        }
    }

    // MARK: - Fold

    private func foldIfReady() throws(WorkerStop) {
        guard ready == nil, !assignment.isEmpty else { return }
        // What a review is writing may be loaded as it was before.
        if committing?.reviewed ?? 0 > 0 { return }
        if isReviewPressing { return }  // the review goes first, on what is committed
        var situation = BatchPolicy.Situation()
        situation.records = gathering.records
        situation.bytes = gathering.bytes
        situation.age = gathering.records == 0 ? 0 : clock() - gathering.since
        situation.isDraining = isDraining
        situation.quiet = quietSince.map { clock() - $0 } ?? 0
        // The first batch of an assignment does not wait for others: rows come soon, and the store is seen to answer.
        situation.lag = hasCommitted ? gathering.lag : 0
        if let committing {
            let expected = commitPace.estimate(units: committing.changeset.profileCount)
            situation.commitLeft = max(0, expected - (clock() - committing.startedAt))
        }
        situation.foldTime = foldPace.estimate(units: gathering.records)
        var policy = settings.policy
        policy.records = min(policy.records, batchLimit)
        guard let trigger = policy.trigger(situation) else { return }
        try foldGathered(trigger)
    }

    private func foldGathered(_ trigger: BatchTrigger) throws(WorkerStop) {
        let started = clock()
        let people = lanes.people
        guard try load() else { return }
        let foldStarted = clock()
        let gathered = gathering
        gathering = Gathering()
        var batch = FoldedBatch(changeset: Changeset(by: fold.definitions), trigger: trigger)
        batch.changeset.slices = assignment.closed()
        batch.changeset.rejections = gathered.rejections
        batch.records = gathered.records
        batch.keyDifferences = gathered.keyDifferences
        batch.stamps = gathered.stamps
        let stream = canStream(gathered) ? RowStream() : nil
        if let stream {
            batch.changeset.toCome = stream.next
            begin(&batch)
        }
        var folded = lanes.fold(fold, pieces: gathered.pieces.map(\.batch), now: now, to: stream)
        var effects = Effects()
        // One after the other is taken out: a lane that is shared would be copied whole when effects add to it.
        while !folded.isEmpty {
            let lane = folded.removeFirst()
            if let failure = lane.failure {
                stream?.giveUp()
                throw .failed(failure)
            }
            batch.changeset.lanes.append(lane.rows)
            batch.applied += lane.applied
            batch.duplicates += lane.duplicates
            effects.add(lane)
        }
        if keepsEvents {
            let events = BatchEvents(pieces: gathered.pieces, effects: effects, fold: fold, now: now)
            batch.events = events
            batch.changeset.refold = events.refold
        }
        guard try apply(effects, to: &batch.changeset, stream) else { return }
        lanes.trim()
        let done = clock()
        foldPace.took(done - started, units: gathered.records)
        if let stream {
            batch.changeset.earlier = stream.sent
            batch.changeset.toCome = nil
            committing = batch
            stream.end(with: batch.changeset.lanes)
        } else {
            ready = batch
        }
        meter.update {
            $0.loadTime.observe(.milliseconds(foldStarted - started))
            $0.foldTime.observe(.milliseconds(done - foldStarted))
            $0.cacheHits &+= UInt64(max(0, people - gathered.read))
            $0.cacheMisses &+= UInt64(gathered.read)
            let cached = lanes.cached
            $0.cacheProfiles = cached.profiles
            $0.cacheBytes = cached.bytes
        }
    }

    /// Rows can be written while others are folded when the store has nothing else to do, none of them has to be made
    /// anew if somebody else has written it, and nothing is to be taken away first.
    private func canStream(_ gathered: Gathering) -> Bool {
        committing == nil && retrying == nil && clock() >= retryAt && !keepsEvents
            && lanes.people >= settings.streamedPeople && !gathered.pieces.contains(where: \.hasErasures)
    }

    /// - Returns: false when the store did not answer and everything was dropped.
    private func apply(
        _ effects: Effects, to changeset: inout Changeset, _ stream: RowStream?
    ) throws(WorkerStop) -> Bool {
        if effects.isEmpty { return true }
        let customers = effects.customers
        let missing = customers.filter { lanes.find($0) == nil }
        do throws(StoreError) {
            let loaded = try missing.isEmpty ? [] : store.load(missing)
            for (customer, stored) in zip(missing, loaded) { lanes.remember(customer, stored) }
        } catch {
            stream?.giveUp()
            try restart(after: error)
            return false
        }
        // What effects add comes behind the rows of the fold. Of somebody whose row was sent it is another row, over
        // that one.
        var folded = changeset.lanes.map(\.profiles.count)
        for customer in customers {
            let lane = lanes.lane(of: customer)
            do throws(EncodingError) {
                let stored = try changeset.lanes[lane].apply(
                    effects.referrals[customer]!, to: customer, lanes.find(customer) ?? .absent,
                    folded: &folded[lane], &fold, now: now)
                if let stored { lanes.remember(customer, stored) }
            } catch {
                stream?.giveUp()
                throw .failed("a stored profile cannot be read: \(error)")
            }
        }
        return true
    }

    // MARK: - Commit

    func startCommit() {
        guard committing == nil, var batch = retrying ?? ready, clock() >= retryAt else { return }
        if retrying != nil { retrying = nil } else { ready = nil }
        begin(&batch)
    }

    private func begin(_ batch: inout FoldedBatch) {
        if batch.reviewed == 0 { isBatchNext = false }
        batch.startedAt = clock()
        batch.attempts += 1
        committing = batch
        committer.start(batch.changeset)
    }

    private func finishCommit(wait: Bool) throws(WorkerStop) {
        guard let batch = committing, let result = committer.finished(wait: wait) else { return }
        committing = nil
        switch result {
        case .success(.committed(let now, let refolded)):
            committed(batch, now: now)
            // What was folded on top of them meanwhile was folded on what never came to be.
            lanes.drop(refolded)
            if let events = ready?.events { ready!.changeset.stale.formUnion(events.concerned(refolded)) }
            meter.update { $0.versionConflicts &+= UInt64(refolded.count) }
        case .success(.fenced):
            meter.update { $0.fences &+= 1 }
            try restart()
        case .success(.outdated):
            definitionsAt = .min
            try restart()
            do throws(StoreError) { try readDefinitions() } catch { try restart(after: error) }
        case .success(.conflicted(let customers)):
            meter.update { $0.versionConflicts &+= UInt64(customers.count) }
            keepsEvents = true
            try restart(forgettingOnly: [batch, ready].compactMap { $0?.changeset })
        case .failure(let error):
            meter.update { $0.storeErrors[error.disposition, default: 0] &+= 1 }
            switch error.disposition {
            case .retry where batch.attempts < 100, .hold:
                // The same changeset again: nothing of it was written. What waits was folded on top of it and stays
                // behind.
                retrying = batch
                backOff(error)
            case .reject where batch.reviewed == 0:
                refuse(batch)
                try restart()
            case .stop, .reject: throw .failed(error.description)
            case .retry, .abandon: try restart(after: error)
            }
        }
    }

    private func committed(_ batch: FoldedBatch, now: Int64) {
        let finished = clock()
        storeOffset = now - finished
        failures = 0
        answered()
        // The commit of rows that were still being folded took as long as the fold.
        if batch.changeset.profileCount > 0, batch.changeset.earlier.isEmpty {
            commitPace.took(finished - batch.startedAt, units: batch.changeset.profileCount)
        }
        batchLimit = min(settings.policy.records, batchLimit * 2)
        if !batch.changeset.slices.isEmpty {
            hasCommitted = true
            log.report(
                Dictionary(uniqueKeysWithValues: batch.changeset.slices.map { ($0.partition, $0.end) }))
        }
        let ends = log.ends()
        meter.update { metrics in
            metrics.transitions &+= UInt64(batch.changeset.transitionCount)
            metrics.memberships &+= UInt64(batch.changeset.membershipCount)
            metrics.profilesWritten &+= UInt64(batch.changeset.profileCount)
            metrics.commitTime.observe(.milliseconds(finished - batch.startedAt))
            if batch.reviewed > 0 {
                metrics.reviewsDone &+= UInt64(batch.reviewed)
                return
            }
            metrics.events &+= UInt64(batch.records)
            metrics.duplicates &+= UInt64(batch.duplicates)
            metrics.keyDifferences &+= UInt64(batch.keyDifferences)
            for rejection in batch.changeset.rejections { metrics.rejections[rejection.code, default: 0] &+= 1 }
            metrics.batches[batch.trigger, default: 0] &+= 1
            metrics.batchSize.observe(Double(batch.records))
            for stamp in batch.stamps {
                metrics.eventToRow.observe(Double(max(0, now - stamp.time)) / 1000, times: stamp.count)
            }
            for slice in batch.changeset.slices {
                metrics.lag[slice.partition] = max(0, (ends[slice.partition] ?? slice.end) - slice.end)
            }
        }
    }

    /// The database refuses a value: find the record by halving the batch, and reject it when it is alone.
    private func refuse(_ batch: FoldedBatch) {
        if batch.records > 1 {
            batchLimit = max(1, batch.records / 2)
        } else if let slice = batch.changeset.slices.first {
            poison[slice.partition] = slice.end - 1
        }
    }

    // MARK: - Ownership

    private func revoke() throws(WorkerStop) {
        // What is being committed may still land: the fence makes it harmless, waiting makes it useful.
        try finishCommit(wait: true)
        forget()
        assignment.revoked()
        pending = nil
        do throws(LogError) { try log.unassign() } catch { throw .failed(error.description) }
        meter.update {
            $0.rebalances &+= 1
            $0.assigned = []
            $0.lag = [:]
        }
    }

    /// Drops what was gathered or folded and is not committed; the cache holds folds of it, so it goes too.
    ///
    /// - Parameter changesets: given, of the cache only the people in them go: others may have written those, nobody
    ///   the rest.
    private func forget(only changesets: [Changeset]? = nil) {
        // What is being read may be of before.
        _ = reader.finished(wait: true)
        reading = []
        gathering = Gathering()
        ready = nil
        retrying = nil
        lanes.dropGathered()
        if let changesets { for changeset in changesets { lanes.drop(changeset) } } else { lanes.dropCache() }
    }

    /// Drops what is not committed and begins again where the store stands.
    private func restart(forgettingOnly changesets: [Changeset]? = nil) throws(WorkerStop) {
        _ = committer.finished(wait: true)
        committing = nil
        forget(only: changesets)
        guard !assignment.isEmpty else { return }
        pending = assignment.partitions
        assignment.revoked()
        // Nothing may be delivered between here and the new positions.
        do throws(LogError) { try log.unassign() } catch { throw .failed(error.description) }
    }

    func restart(after error: StoreError) throws(WorkerStop) {
        if error.disposition != .stop { try restart() }
        try failed(error)
    }

    /// The store answered.
    func answered() {
        if unreachableSince == nil { return }
        unreachableSince = nil
        meter.update { $0.isStoreReachable = true }
    }

    /// The store did not do what it was asked: the next attempt comes soon at first, at most one in two seconds.
    private func failed(_ error: StoreError) throws(WorkerStop) {
        if error.disposition == .stop { throw .failed(error.description) }
        backOff(error)
        if error.disposition != .abandon { return }
        let since = unreachableSince ?? clock()
        unreachableSince = since
        meter.update { $0.isStoreReachable = false }
        if clock() - since > settings.giveUpAfter * 1000 { throw .unreachable(error.description) }
    }

    private func backOff(_ error: StoreError) {
        failures += 1
        let base: Int64 = error.disposition == .retry ? 20 : 200
        retryAt = clock() + min(2000, base << min(Int64(failures), 5))
    }

    private func assignPending() throws(WorkerStop) {
        guard let partitions = pending, clock() >= retryAt else { return }
        let starts: [Partition: Int64]
        do throws(StoreError) {
            try readDefinitions()
            if storeOffset == nil { storeOffset = try store.now() - clock() }
            let progress = try store.progress(of: partitions)
            pending = nil
            assignment.assigned(progress)
            hasCommitted = false
            (isBatchNext, quietSince) = (true, nil)
            starts = progress.mapValues { $0 == 0 ? beginningOfLog : $0 }
        } catch {
            try failed(error)
            return
        }
        answered()
        meter.update {
            $0.assigned = partitions
            $0.isStoreReachable = true
            $0.stopped = [:]
        }
        do throws(LogError) { try log.assign(starts) } catch { throw .failed(error.description) }
    }
}
