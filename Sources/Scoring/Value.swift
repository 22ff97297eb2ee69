import Profiles

/// What the person is worth (客户价值): RFM, its scores and grade, and the tier; nothing but purchases moves them.
struct Value {
    /// Whole days since the last purchase; nil without one in the window.
    var recency: Int?
    /// Purchases and net spend (minor units) of the window.
    var frequency: Int
    var monetary: Int64
    /// 1…5 each; nil without a purchase in the window or without a calibration.
    var scores: RFMScores?
    var grade: Grade? { scores?.grade }

    let window: DailySums
    private let lastDay: Int?
    private let cutoffs: RFMCutoffs?

    init(_ purchases: Purchases, _ view: Viewpoint, _ cutoffs: RFMCutoffs?) {
        window = DailySums(purchases.days, length: view.model.valueDays)
        lastDay = purchases.lastDay
        self.cutoffs = cutoffs
        let sums = window.sums(on: view.today)
        frequency = Int(sums.orders)
        monetary = sums.amount
        if frequency > 0, let lastDay { recency = view.daysSince(lastDay) }
        scores = scores(on: view.today)
    }

    private func scores(on day: Int) -> RFMScores? {
        guard let cutoffs, let lastDay else { return nil }
        let sums = window.sums(on: day)
        if sums.orders == 0 { return nil }
        return cutoffs.scores(recency: max(0, day - lastDay), frequency: sums.orders, monetary: sums.amount)
    }

    /// The first local day after `today` on which the grade differs if nothing is bought; nil if it never will.
    func gradeTurns(after today: Int) -> Int? {
        guard let now = grade, let cutoffs, let lastDay else { return nil }
        var days = window.exits.filter { $0 > today }
        for cut in cutoffs.recency where lastDay + Int(cut) + 1 > today { days.append(lastDay + Int(cut) + 1) }
        return days.sorted().first { scores(on: $0)?.grade != now }
    }
}

/// What the person has earned by spend or by points in the window (会员等级): rises at once, falls at a midnight.
struct TierFacts {
    private let window: DailySums
    private let model: ScoringModel

    init(_ window: DailySums, _ model: ScoringModel) {
        self.window = window
        self.model = model
    }

    func tier(on day: Int) -> Tier { model.tier(of: window.sums(on: day).amount) }

    /// The days on which the tier falls with no event: the last up to `today`, and the first after it.
    func turns(around today: Int) -> (last: Int?, next: Int?) {
        var last: Int?
        for day in window.exits where tier(on: day - 1) != tier(on: day) {
            if day > today { return (last, day) }
            last = day
        }
        return (last, nil)
    }
}
