import Profiles

/// What the lifecycle is read from: facts of a person that stand still while time passes.
struct LifecycleFacts {
    /// Standing purchases ever.
    var purchases: Int64
    /// Occurrence of the newest standing purchase, Unix ms; nil without one.
    var lastPurchase: Int64?
    /// Local days between the last two purchase days; nil with fewer than two.
    var gap: Int?
    /// Local day of the purchase that makes the newest `loyalPurchases` full; nil with fewer.
    var loyalDay: Int?
    /// Any inbound event outside the browse family.
    var hasInteracted: Bool
    /// Occurrence of the newest inbound event, Unix ms.
    var lastInbound: Int64?

    let model: LifecycleModel
    /// Local days in which purchases make somebody loyal.
    let valueDays: Int
    let calendar: LocalCalendar

    /// The stage at `t`: the first condition of the contract's table that holds.
    func stage(at t: Int64) -> Lifecycle {
        func age(_ time: Int64) -> Int64 { max(0, t - time) }
        if let lastPurchase {
            let d = age(lastPurchase)
            if purchases >= 2, d <= days(model.freshDays), let gap, gap >= model.lapsedDays { return .wonBack }
            if purchases == 1, d <= days(model.freshDays) { return .new }
            if d <= days(model.activeDays) {
                if let loyalDay, max(0, calendar.day(t) - loyalDay) < valueDays { return .loyal }
                return .active
            }
            return d < days(model.lapsedDays) ? .atRisk : .lapsed
        }
        guard hasInteracted, let lastInbound else { return .stranger }
        return age(lastInbound) <= days(model.freshDays) ? .prospect : .dormant
    }

    /// The instants at which the stage may turn with no event, ascending, `.max` where there are fewer: one millisecond
    /// after an inclusive bound.
    private func turns() -> InlineArray<4, Int64> {
        var turns = InlineArray<4, Int64>(repeating: .max)
        if let lastPurchase {
            turns[0] = lastPurchase + days(model.freshDays) + 1
            turns[1] = lastPurchase + days(model.activeDays) + 1
            turns[2] = lastPurchase + days(model.lapsedDays)
            if let loyalDay {
                // The other three ascend already.
                turns[3] = calendar.start(of: loyalDay + valueDays)
                var place = 3
                while place > 0, turns[place] < turns[place - 1] {
                    turns.swapAt(place, place - 1)
                    place -= 1
                }
            }
        } else if hasInteracted, let lastInbound {
            turns[0] = lastInbound + days(model.freshDays) + 1
        }
        return turns
    }

    /// The first instant after `t` at which the stage differs, and the one at or before `t` at which it last turned.
    func turns(around t: Int64) -> (last: Int64?, next: Int64?) {
        var last: Int64?
        let turns = turns()
        for index in turns.indices where turns[index] < .max {
            let turn = turns[index]
            if stage(at: turn - 1) == stage(at: turn) { continue }
            if turn > t { return (last, turn) }
            // A year may end before a purchase that was ahead of its evaluation; then the purchase began the stage.
            if turn > lastPurchase ?? .min { last = turn }
        }
        return (last, nil)
    }

    private func days(_ count: Int) -> Int64 { Int64(count) * LocalCalendar.dayLength }
}
