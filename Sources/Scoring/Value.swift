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

    init(_ purchases: borrowing Purchases, _ view: borrowing Viewpoint, _ cutoffs: RFMCutoffs?) {
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
    private let rule: TierRule

    init(_ window: DailySums, _ rule: TierRule) {
        self.window = window
        self.rule = rule
    }

    func tier(on day: Int) -> Tier { rule.tier(of: window.sums(on: day).amount) }

    /// The day on which the present tier began by time alone, nil if by what was earned; and the next day it falls.
    func turns(around today: Int) -> (last: Int?, next: Int?) {
        var tier = Tier.none
        var sum: Int64 = 0
        var last: Int?
        var leaving = 0
        func leave(on day: Int) {
            sum -= window.amount(leaving)
            leaving += 1
            let fallen = rule.tier(of: sum)
            if fallen != tier { (tier, last) = (fallen, day) }
        }
        // Day after day: what leaves goes at midnight, before what is earned that day; what lies ahead counts today.
        for index in 0..<window.count {
            let day = min(window.day(index), today)
            while window.exit(leaving) <= day { leave(on: window.exit(leaving)) }
            sum = sum.saturatingAdd(window.amount(index))
            let risen = rule.tier(of: sum)
            if risen != tier { (tier, last) = (risen, nil) }
        }
        while leaving < window.count, window.exit(leaving) <= today { leave(on: window.exit(leaving)) }
        let (present, began) = (tier, last)
        while leaving < window.count {
            let day = window.exit(leaving)
            leave(on: day)
            if tier != present { return (began, day) }
        }
        return (began, nil)
    }
}
