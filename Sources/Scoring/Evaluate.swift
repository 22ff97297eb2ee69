import Interactions
import Profiles
import RealModule

extension Evaluation {
    /// Everything that is computed of `profile` at instant `t`; a pure function of its arguments.
    ///
    /// - Parameters:
    ///   - t: Unix ms. Every folded event counts, one that lies after `t` with age 0.
    ///   - calibration: what people are judged against; without one, what needs it is nil.
    public init(
        _ profile: borrowing Profile, at t: Int64, model: ScoringModel, calibration: Calibration? = nil,
        calendar: LocalCalendar
    ) {
        self.init(profile, at: t, by: Judge(model: model, calibration: calibration, calendar: calendar))
    }

    /// - Parameter t: Unix ms. Every folded event counts, one that lies after `t` with age 0.
    public init(_ profile: borrowing Profile, at t: Int64, by judge: Judge) {
        let bought = Purchases(profile, judge.calendar)
        self.init(profile, bought, PointsLedger(profile, bought, by: judge), at: t, by: judge)
    }

    /// - Parameters:
    ///   - bought: the purchases of the profile.
    ///   - ledger: its points.
    ///   - t: Unix ms.
    public init(
        _ profile: borrowing Profile, _ bought: borrowing Purchases, _ ledger: borrowing PointsLedger, at t: Int64,
        by judge: Judge
    ) {
        let view = Viewpoint(t, judge)
        let types = profile.types
        let follows = Follows(profile, types)
        let contacts = Contacts(profile, view, reciprocity: follows.reciprocity)
        let value = Value(bought, view, judge.calibration?.rfm)

        set(contacts, view)
        set(bought, view)
        set(value)
        set(Signals(profile, bought, view))
        set(Advocacy(profile, view), view)
        responsiveness = types.contains(.ask) ? profile.responsiveness(view) : nil
        contribution = contacts.activeMonths == 0 ? nil : Double(monetary) / Double(contacts.activeMonths)
        lastPurchaseKind = bought.kindOfLast(profile)
        if let habits = bought.habits(profile) {
            couponShare = habits.couponShare
            averageOrder = habits.averageOrder
            novelty = habits.novelty
        }
        aipl = Self.aipl(profile, bought, contacts)
        predict(bought, judge)

        level = Self.level(profile, types, bought, follows, contacts)
        connection = Connection(level)
        marketable = profile.holds(.consent, among: types) ?? judge.model.isConsentOpen
        pointsBalance = ledger.balance(on: view.today)
        turn(bought, contacts, value, ledger, view)
    }

    // MARK: - Parts

    /// Columns that are computed together, and without the others.
    public enum Part: Sendable { case contacts, purchases, value, signals, advocacy, points }

    /// Computes only the columns of a part.
    public mutating func set(_ part: Part, of profile: borrowing Profile, at t: Int64, by judge: Judge) {
        let view = Viewpoint(t, judge)
        switch part {
        case .contacts:
            let follows = Follows(profile, profile.types)
            set(Contacts(profile, view, reciprocity: follows.reciprocity), view)
        case .purchases: set(Purchases(profile, judge.calendar), view)
        // Without the scores of the RFM, which need a calibration.
        case .value: set(Value(Purchases(profile, judge.calendar), view, nil))
        case .signals: set(Signals(profile, Purchases(profile, judge.calendar), view))
        case .advocacy: set(Advocacy(profile, view), view)
        case .points:
            let ledger = PointsLedger(profile, Purchases(profile, judge.calendar), by: judge)
            pointsBalance = ledger.balance(on: view.today)
        }
    }

    // MARK: - What changes by time

    private mutating func turn(
        _ bought: borrowing Purchases, _ contacts: borrowing Contacts, _ value: borrowing Value,
        _ ledger: borrowing PointsLedger, _ view: Viewpoint
    ) {
        let model = view.model
        let stages = LifecycleFacts(
            purchases: bought.count, lastPurchase: bought.last, gap: bought.gap,
            loyalDay: bought.day(ofNewest: model.lifecycle.loyalPurchases), hasInteracted: contacts.hasInteracted,
            lastInbound: contacts.lastInbound, model: model.lifecycle, valueDays: model.valueDays,
            calendar: view.calendar)
        lifecycle = stages.stage(at: view.t)
        let turns = stages.turns(around: view.t)
        lifecycleTurnedAt = turns.last
        changesAt = turns.next ?? .max

        func comes(_ day: Int?) {
            if let day { changesAt = min(changesAt, view.calendar.start(of: day)) }
        }
        let byPoints = model.tiers.basis == .points
        let earned = byPoints ? DailySums(ledger.earnedByDay, length: model.valueDays) : value.window
        let tiers = TierFacts(earned, model.tiers)
        tier = tiers.tier(on: view.today)
        let falls = tiers.turns(around: view.today)
        tierTurnedAt = falls.last.map { view.calendar.start(of: $0) }
        comes(falls.next)
        comes(value.gradeTurns(after: view.today))
    }

    // MARK: - Repeat buying

    private mutating func predict(_ bought: borrowing Purchases, _ judge: Judge) {
        guard let calibration = judge.calibration, let repeatDays, let recencyDays, let tenureDays else { return }
        var outlook: Outlook?
        if let buying = calibration.repeatBuying {
            let history = PurchaseHistory(
                repeatDays: repeatDays, recency: Double(recencyDays) / 7, tenure: Double(tenureDays) / 7)
            let ahead = Outlook(history, buying, judge.model.lifetime.terms)
            pAlive = ahead.alive
            expectedPurchases = ahead.purchasesIn90Days
            outlook = ahead
        }
        if let orders = calibration.orderValue {
            // The model is in currency units.
            let order = orders.expectedOrderValue(repeatDays: repeatDays, mean: (bought.meanOfRepeatDays ?? 0) / 100)
            expectedOrderValue = order * 100
            lifetimeValue = outlook?.customerValue(orderValue: order * 100)
        }
    }

    // MARK: - Level

    /// The highest rung of the ladder whose condition holds; no rung depends on time.
    private static func level(
        _ profile: borrowing Profile, _ types: EventTypeSet, _ bought: borrowing Purchases, _ follows: Follows,
        _ contacts: borrowing Contacts
    ) -> Level {
        if profile.holds(.membership, among: types) == true { return .member }
        if bought.count > 0 { return .customer }
        if follows.isFriend { return .friend }
        if follows.isFan { return .fan }
        return contacts.hasInteracted ? .interactor : .visitor
    }

    /// Aware by browsing, interested by any other contact, purchased, loyal by a second purchase or by word of mouth.
    private static func aipl(
        _ profile: borrowing Profile, _ bought: borrowing Purchases, _ contacts: borrowing Contacts
    ) -> AIPL? {
        if bought.count >= 2 || (bought.count == 1 && profile.hasAdvocated) { return .loyal }
        if bought.count == 1 { return .purchased }
        if contacts.hasShownInterest { return .interested }
        return contacts.hasBrowsed ? .aware : nil
    }

    // MARK: - Columns

    private mutating func set(_ contacts: borrowing Contacts, _ view: Viewpoint) {
        engagementSum = contacts.engagementSum
        engagement = Self.engagement(engagementSum, view.judge.model)
        activity = contacts.activity
        relationshipStrength = contacts.strength
        firstSeen = contacts.firstSeen
        lastSeen = contacts.lastSeen
    }

    private mutating func set(_ bought: borrowing Purchases, _ view: Viewpoint) {
        purchases = bought.count
        netSpend = bought.net
        firstPurchase = bought.first
        lastPurchase = bought.last
        guard let first = bought.firstDay, let last = bought.lastDay else { return }
        repeatDays = bought.repeatDays
        recencyDays = last - first
        tenureDays = max(view.today, last) - first
    }

    private mutating func set(_ value: borrowing Value) {
        recency = value.recency
        frequency = value.frequency
        monetary = value.monetary
        rfm = value.scores
    }

    private mutating func set(_ signals: Signals) {
        positiveSum = signals.positive
        negativeSum = signals.negative
        trust = signals.trust
        satisfaction = signals.satisfaction
        satisfactionPre = signals.satisfaction(.pre)
        satisfactionDuring = signals.satisfaction(.during)
        satisfactionPost = signals.satisfaction(.post)
    }

    private mutating func set(_ word: Advocacy, _ view: Viewpoint) {
        advocacySum = word.sum
        advocacy = Self.advocacy(word.sum, view.judge.model)
        influence = word.influence
        referredRevenue = word.referredRevenue
    }
}

/// Who follows whom, on any channel, now.
private struct Follows {
    var isFan = false
    var isFriend = false

    init(_ profile: borrowing Profile, _ types: EventTypeSet) {
        if profile.registers.isEmpty && !types.contains(.follow) { return }
        for channel in profile.channels(of: .follow) where profile.holds(.follow, channel: channel) == true {
            isFan = true
            if profile.holds(.followBack, channel: channel) == true { isFriend = true }
        }
    }

    var reciprocity: Double { isFriend ? 1 : isFan ? 0.5 : 0 }
}

extension Profile {
    /// A positive review, a recommendation, a share or a repost, ever.
    fileprivate var hasAdvocated: Bool {
        for type in [EventType.recommend, .share, .repost] {
            if departure(of: type)?.last != nil || entries[range(of: type)].contains(where: { !$0.isRetracted }) {
                return true
            }
        }
        if entries[range(of: .review)].contains(where: { !$0.isRetracted && $0.isPositive }) { return true }
        return [dayTable.days, dayTable.months, dayTable.totals].contains { rows in
            rows.contains { $0.type == .review && $0.positive > 0 }
        }
    }
}
