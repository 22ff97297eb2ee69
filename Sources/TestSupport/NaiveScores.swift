import Glibc
import Interactions
import Profiles
import Scoring

/// The scores by the text of the contract, one after the other, over all events.
extension NaiveEvaluator {
    private func age(_ event: Event, _ t: Int64) -> Double { Double(max(0, t - event.at)) / Double(Self.day) }
    private func decay(_ event: Event, _ t: Int64, _ halfLife: Double) -> Double { pow(2, -age(event, t) / halfLife) }
    private func days(_ event: Event, _ t: Int64) -> Int { max(0, calendar.day(t) - calendar.day(event.at)) }

    func addScores(to result: inout Evaluation, at t: Int64) {
        let today = calendar.day(t)
        result.tier = tier(on: today)
        result.tierTurnedAt = tierTurn(upTo: today)
        result.rfm = rfm(on: today)

        let contacts = inbound.filter { $0.type.family != .trade }
        let near = contacts.filter { age($0, t) < 90 }
        let recency = contacts.map { age($0, t) }.min().map { pow(2, -$0 / 30) } ?? 0
        let activeDays = Set(contacts.map { days($0, t) }.filter { $0 < 90 }).count
        let frequency = 1 - exp(-Double(activeDays) / 10)
        let channels = Set(events.map(channel))
        let follows = channels.filter { c in newest([.follow, .unfollow]) { channel($0) == c }?.type == .follow }
        let isFriend = follows.contains { c in
            newest([.followBack, .unfollowBack]) { channel($0) == c }?.type == .followBack
        }
        let reciprocity = isFriend ? 1 : follows.isEmpty ? 0 : 0.5
        let breadth = min(1, Double(Set(near.map { $0.type.family }).count) / 4)
        let depth = 1 - exp(-Double(near.count { $0.type.family == .content }) / 3)
        result.relationshipStrength = 25 * recency + 25 * frequency + 20 * reciprocity
        result.relationshipStrength += 15 * breadth + 15 * depth

        for event in events {
            let isRepeat = event.type == .purchase && purchases.dropFirst().contains { $0.event.id == event.id }
            let rating = event.rating ?? 300
            let sentiment = event.sentiment ?? 0
            let praise: Set<EventType> = [.recommend, .buyerShow, .trialReport, .memberJoin]
            let blame: Set<EventType> = [.complaint, .refund, .unfollow, .memberLeave, .optOut]
            if rating >= 400 || sentiment > 200 || praise.contains(event.type) || isRepeat {
                result.positiveSum += decay(event, t, 180)
            }
            if rating <= 200 || sentiment < -200 || blame.contains(event.type) {
                result.negativeSum += decay(event, t, 180)
            }
        }
        result.trust = 100 * (1 + result.positiveSum) / (2 + result.positiveSum + result.negativeSum)
        result.satisfaction = satisfaction(t) { _ in true }
        result.satisfactionPre = satisfaction(t) { $0 == .pre }
        result.satisfactionDuring = satisfaction(t) { $0 == .during }
        result.satisfactionPost = satisfaction(t) { $0 == .post }

        let asks = Dictionary(grouping: events.filter { $0.type == .ask && age($0, t) < 365 }) { $0.ask ?? "" }
        if !asks.isEmpty {
            let answered = asks.filter { id, sent in
                inbound.contains { event in event.ask == id && sent.contains { $0.at <= event.at } }
            }
            result.responsiveness = Double(answered.count) / Double(asks.count)
        }
        let months = Set(
            inbound.filter { days($0, t) < 365 }.map { LocalCalendar.month(ofDay: min(today, calendar.day($0.at))) })
        if !months.isEmpty { result.contribution = Double(result.monetary) / Double(months.count) }

        for event in events where event.type.entry.advocacy > 0 {
            if event.type == .review, event.rating ?? 0 < 400 { continue }
            result.advocacySum += event.type.entry.advocacy * decay(event, t, 60)
        }
        result.advocacy = 100 * (1 - exp(-result.advocacySum / 30))
        for event in events where event.type == .referralConverted {
            result.influence += decay(event, t, 180)
            result.referredRevenue += event.amount ?? 0
        }
        result.pointsBalance = NaivePoints(self).balance(on: today)

        if !purchases.isEmpty {
            let count = Double(purchases.count)
            result.couponShare = Double(purchases.count { $0.event.coupon != nil }) / count
            result.averageOrder = Double(purchases.reduce(0) { $0 + $1.net }) / count
            result.novelty = Double(Set(purchases.compactMap(\.event.brand)).count) / count
            let last = purchases[purchases.count - 1].event
            let isReferred = last.referrer != nil && last.referrer != last.customer
            result.lastPurchaseKind = isReferred ? .referred : purchases.count > 1 ? .repeated : .new
        }
        let advocated = events.contains {
            [.recommend, .share, .repost].contains($0.type)
                || ($0.type == .review && ($0.rating ?? 0 >= 400 || $0.sentiment ?? 0 > 200))
        }
        if purchases.count >= 2 || (purchases.count == 1 && advocated) {
            result.aipl = .loyal
        } else if purchases.count == 1 {
            result.aipl = .purchased
        } else if contacts.contains(where: { $0.type.family != .browse }) {
            result.aipl = .interested
        } else if contacts.contains(where: { $0.type.family == .browse }) {
            result.aipl = .aware
        }
    }

    private func satisfaction(_ t: Int64, _ isWanted: (Phase) -> Bool) -> Double? {
        let rated = events.filter { $0.rating != nil && $0.type.entry.phase.map(isWanted) ?? false }
        if rated.isEmpty { return nil }
        let sum = rated.reduce(9) { $0 + Double($1.rating!) / 100 * decay($1, t, 180) }
        return 25 * (sum / rated.reduce(3) { $0 + decay($1, t, 180) } - 1)
    }

    // MARK: - Value

    private func year(on day: Int) -> [(event: Event, net: Int64)] {
        purchases.filter { max(0, day - calendar.day($0.event.at)) < 365 }
    }

    package func tier(on day: Int) -> Tier { tier(of: year(on: day)) }

    private func tier(of purchases: [(event: Event, net: Int64)]) -> Tier {
        switch purchases.reduce(0, { $0 + $1.net }) {
        case 5_000_000...: .platinum
        case 1_000_000...: .gold
        case 200_000...: .silver
        default: .none
        }
    }

    /// Lives every day again: at its midnight without its purchases, then with them.
    private func tierTurn(upTo today: Int) -> Int64? {
        var tier = Tier.none
        var turned: Int?
        for day in Set(dates.map { min($0, today) } + dates.map { $0 + 365 }).sorted() where day <= today {
            let year = year(on: day)
            let before = self.tier(of: year.filter { min(today, calendar.day($0.event.at)) < day })
            if before != tier { turned = day }
            tier = self.tier(of: year.filter { min(today, calendar.day($0.event.at)) <= day })
            if tier != before { turned = nil }
        }
        return turned.map { calendar.start(of: $0) }
    }

    private func rfm(on day: Int) -> RFMScores? {
        let bought = year(on: day)
        guard let cutoffs, let last = dates.last, !bought.isEmpty else { return nil }
        func rank(_ value: Int64, _ cuts: [Int64]) -> Int { cuts.filter { $0 < value }.count }
        return RFMScores(
            recency: 5 - rank(Int64(max(0, day - last)), cutoffs.recency),
            frequency: 1 + rank(Int64(bought.count), cutoffs.frequency),
            monetary: 1 + rank(bought.reduce(0) { $0 + $1.net }, cutoffs.monetary))
    }

    package func grade(on day: Int) -> String {
        guard let rfm = rfm(on: day) else { return "" }
        let sum = rfm.recency + rfm.frequency + rfm.monetary
        return sum >= 13 ? "A" : sum >= 10 ? "B" : sum >= 7 ? "C" : sum >= 5 ? "D" : "E"
    }
}

/// The points ledger by the text: a dictionary of rows, and every withdrawal taken from it in turn.
package struct NaivePoints {
    package var left: [(day: Int, rule: String, earned: Int64, left: Int64)] = []
    package var granted: [Int: Int64] = [:]
    package var refused: [Int: Int64] = [:]
    package var taken: [Int: Int64] = [:]

    package init(_ people: NaiveEvaluator) {
        let calendar = people.calendar
        let caps: [EventType: (points: Int64, cap: Int)] = [
            .review: (20, 3), .buyerShow: (30, 2), .share: (5, 5), .repost: (5, 5), .comment: (2, 10),
            .checkIn: (1, 1), .recommend: (10, 5), .treasureGuess: (2, 3),
        ]
        var rows: [String: Int64] = [:]
        for (type, rule) in caps {
            let byDay = Dictionary(grouping: people.events.filter { $0.type == type }) { calendar.day($0.at) }
            for (day, events) in byDay {
                rows["\(day) \(type.name)"] = Int64(min(events.count, rule.cap)) * rule.points
            }
        }
        for (day, bought) in Dictionary(grouping: people.purchases, by: { calendar.day($0.event.at) }) {
            rows["\(day) purchase"] = bought.reduce(0) { $0 + $1.net } / 100
        }
        var channels: Set<String> = []
        for event in people.events where event.type == .follow {
            if channels.insert(people.channel(event)).inserted {
                rows["\(calendar.day(event.at)) follow", default: 0] += 10
            }
        }
        for event in people.events where event.type == .pointsAdjust && event.quantity! > 0 {
            rows["\(calendar.day(event.at)) points_adjust", default: 0] += event.quantity!
        }
        left = rows.filter { $0.value > 0 }.map { key, value in
            let parts = key.split(separator: " ")
            return (Int(parts[0])!, String(parts[1]), value, value)
        }.sorted { ($0.day, $0.rule) < ($1.day, $1.rule) }

        for event in people.events {
            let day = calendar.day(event.at)
            var wanted: Int64 = 0
            switch event.type {
            case .pointsRedeem: wanted = event.quantity!
            case .pointsAdjust where event.quantity! < 0: wanted = -event.quantity!
            default: continue
            }
            let alive = left.indices.filter { left[$0].day <= day && day < left[$0].day + 365 }
            let all = alive.map { left[$0].left }.reduce(0, +)
            if event.type == .pointsRedeem {
                if all < wanted {
                    refused[day, default: 0] += wanted
                    continue
                }
                granted[day, default: 0] += wanted
            } else {
                wanted = min(wanted, all)
                taken[day, default: 0] += wanted
            }
            for index in alive {
                let part = min(wanted, left[index].left)
                left[index].left -= part
                wanted -= part
            }
        }
    }

    package func balance(on day: Int) -> Int64 {
        left.filter { $0.day + 365 > day }.map(\.left).reduce(0, +)
    }
}
