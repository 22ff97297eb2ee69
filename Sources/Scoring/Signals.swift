import Interactions
import Profiles

/// What people say and show of their content: trust and satisfaction. Amounts move neither.
struct Signals {
    /// P and N: positive and negative signals, decayed (180 days); an event adds at most 1 to each.
    var positive = 0.0
    var negative = 0.0
    /// Of all phases together, then before, during and after the purchase.
    private var all = Ratings()
    private var phases = InlineArray<3, Ratings>(repeating: Ratings())

    init(_ profile: borrowing Profile, _ purchases: borrowing Purchases, _ view: borrowing Viewpoint) {
        let halfLife = view.model.trustHalfLife
        for run in profile.runs {
            // Of most types only those that say something are signals.
            let isSignal = run.type == .purchase || run.type.isPositive || run.type.isNegative
            for index in run.range {
                let entry = profile.entries[index]
                if entry.isRetracted || !isSignal && entry.flags.isDisjoint(with: [.rating, .sentiment]) { continue }
                let isRated = entry.flags.contains(.rating)
                let isPositive = entry.isPositive || (run.type == .purchase && purchases.isRepeat(entry: index))
                let isNegative = entry.isNegative
                if !isRated && !isPositive && !isNegative { continue }
                let decay = view.decay(entry.time, halfLife)
                if isPositive { positive += decay }
                if isNegative { negative += decay }
                if isRated, let phase = run.type.entry.phase {
                    add(phase, sum: Double(entry.rating) / 100, count: 1, decay)
                }
            }
        }
        // A departed purchase is counted as the repeat it is, not by its rating: it adds at most 1.
        for (time, orders) in purchases.departedRepeats(view) {
            positive += Double(orders) * view.decay(time, halfLife)
        }
        view.eachDeparted(profile.dayTable, where: { $0.rated + $0.positive + $0.negative > 0 }) { row, middle in
            let decay = view.decay(middle, halfLife)
            if row.type != .purchase { positive += Double(row.positive) * decay }
            negative += Double(row.negative) * decay
            if row.rated > 0, let phase = row.type.entry.phase {
                add(phase, sum: Double(row.ratings) / 100, count: Double(row.rated), decay)
            }
        }
        for row in profile.dayTable.totals where row.rated > 0 {
            if let phase = row.type.entry.phase { add(phase, sum: 0, count: 0, 0) }
        }
    }

    /// 100 · (1 + P)/(2 + P + N): the mean of a Beta(1, 1) prior after so many good and bad experiences.
    var trust: Double { 100 * (1 + positive) / (2 + positive + negative) }

    /// 0…100; nil with no rating.
    var satisfaction: Double? { all.satisfaction }
    func satisfaction(_ phase: Phase) -> Double? { phases[Int(phase.rawValue)].satisfaction }

    private mutating func add(_ phase: Phase, sum: Double, count: Double, _ decay: Double) {
        all.add(sum: sum, count: count, decay)
        phases[Int(phase.rawValue)].add(sum: sum, count: count, decay)
    }
}

/// A decayed mean of ratings, drawn to 3 as if three neutral ones had been given.
private struct Ratings {
    private var sum = 0.0
    private var weight = 0.0
    private var isRated = false

    mutating func add(sum: Double, count: Double, _ decay: Double) {
        self.sum += sum * decay
        weight += count * decay
        isRated = true
    }

    var satisfaction: Double? { isRated ? 25 * ((9 + sum) / (3 + weight) - 1) : nil }
}
