import Interactions
import Profiles

extension Profile {
    /// Makes a profile that events were folded into fit to be stored: old days are summed, and the points of which the
    /// day table was the proof are settled first.
    ///
    /// Days end 400 days before the newest event, whenever this is called, so batches do not matter. A withdrawal from
    /// before that has taken its points for good; what arrives later than that and would have changed it (a refund, a
    /// retraction, an event of that time) changes what was earned, and what was spent stays, up to that.
    public mutating func age(by model: ScoringModel, _ rules: FoldRules) {
        age(by: Judge(model: model, calibration: nil, calendar: rules.calendar), rules.limits)
    }

    public mutating func age(by judge: Judge, _ limits: Limits) {
        // Of most people nothing has left the timeline.
        if newest == .min || departed.isEmpty && dayTable.isEmpty { return }
        let model = judge.model
        let today = judge.calendar.day(newest)
        let aged = dayTable.age(newestDay: today)
        // Of somebody of whom all of it is still there, the ledger is computed from all of it.
        if !departed.contains(where: { model.movesPoints($0.type) }) { return }
        for row in aged where model.countsDays(of: row.type) {
            points.add(PointsAccount.Day(day: row.bucket, type: row.type, count: row.count))
        }
        let firstDay = today - DayTable.days + 1
        settle(before: firstDay, by: judge)
        // No withdrawal that is still open may touch what was gone on the first of these days.
        points.forgetDays(before: firstDay - model.pointsLife + 1)
        dropped += Int64(points.limit(limits))
    }

    /// Withdrawals before the local day take what they get for good, in timeline order.
    private mutating func settle(before firstDay: Int, by judge: Judge) {
        let calendar = judge.calendar
        let end = calendar.start(of: firstDay)
        var withdrawals: [Withdrawal] = []
        for move in points.takeMoves(before: end) {
            if let withdrawal = Withdrawal(move) {
                withdrawals.append(withdrawal)
            } else {
                let day = Int32(calendar.day(move.moment.time))
                points.add(PointsAccount.Day(day: day, type: move.type, count: move.quantity))
            }
        }
        for type in [EventType.pointsRedeem, .pointsAdjust] {
            for index in range(of: type) where entries[index].time < end {
                guard let withdrawal = entries[index].openWithdrawal else { continue }
                withdrawals.append(withdrawal)
                entries[index].flags.insert(.settled)
            }
        }
        if withdrawals.isEmpty { return }
        withdrawals.sort { $0.moment < $1.moment }
        let before = PointsLedger(earnedBy: self, Purchases(self, calendar), by: judge)
        var after = before
        after.spend(withdrawals, calendar)
        var old = before.rows[...]
        for row in after.rows where row.kind == .earned {
            let spent = row.spent - old.removeFirst().spent
            if spent > 0 { points.add(PointsAccount.Day(day: row.day, type: row.rule, spent: spent)) }
        }
    }
}

extension Entry {
    /// A redemption or negative adjustment that is replayed whenever the ledger is computed.
    var openWithdrawal: Withdrawal? {
        isRetracted || flags.contains(.settled) ? nil : Withdrawal(PointsAccount.Move(self))
    }
}

extension ScoringModel {
    /// Whether the events of a day are all that the ledger needs of the type: purchases and follows are kept elsewhere,
    /// for longer.
    fileprivate func countsDays(of type: EventType) -> Bool {
        points.contains { rule in
            if case .each = rule.basis { rule.type == type } else { false }
        }
    }
}
