import Interactions
import Testing

@Suite struct CatalogueTests {
    @Test func everyTypeHasOneEntry() {
        #expect(EventType.catalogue.map(\.type.rawValue).sorted() == EventType.allCases.map(\.rawValue).sorted())
        for type in EventType.allCases { #expect(type.entry.type == type) }
    }

    /// The stored numbers and the bit sets rest on this.
    @Test func rawValuesAreDenseAndFitAWord() {
        #expect(EventType.allCases.map(\.rawValue) == Array(1...UInt8(EventType.allCases.count)))
        #expect(EventType.allCases.count < 64)
        #expect(EventType.tableSize == EventType.allCases.count + 1)
    }

    @Test func namesAndAliasesAreUnique() {
        let names = EventType.catalogue.flatMap(\.names)
        #expect(Set(names).count == names.count)
        for entry in EventType.catalogue {
            #expect(
                entry.type.name.utf8.allSatisfy { (97...122).contains($0) || $0 == 95 }, "\(entry.type.name)")
        }
    }

    @Test func aliasesOfTheContract() {
        let aliases: [(EventType, [String])] = [
            (.visit, ["访问"]), (.view, ["浏览"]), (.search, ["搜索"]), (.favorite, ["收藏"]), (.want, ["想要"]),
            (.addToCart, ["加购"]), (.comparePrice, ["比价"]), (.enquiry, ["咨询"]), (.follow, ["关注"]),
            (.comment, ["评论"]), (.share, ["分享"]), (.repost, ["转发"]), (.storeVisit, ["到店"]), (.unfollow, ["取关"]),
            (.followBack, ["互关"]), (.review, ["评价"]), (.trialReport, ["试用报告"]), (.buyerShow, ["买家秀"]),
            (.question, ["提问"]), (.answer, ["回答"]), (.vote, ["投票"]), (.post, ["发帖", "灌水"]), (.survey, ["调查"]),
            (.essay, ["征文"]), (.recommend, ["推荐"]), (.trialJoin, ["试用"]), (.couponClaim, ["领券"]),
            (.lottery, ["抽奖"]), (.treasureGuess, ["猜宝"]), (.checkIn, ["签到"]), (.groupBuyJoin, ["团购"]),
            (.purchase, ["购买"]), (.couponRedeem, ["用券"]), (.refund, ["退款"]), (.memberJoin, ["入会"]),
            (.memberLeave, ["退会"]), (.pointsRedeem, ["积分兑换"]), (.complaint, ["投诉"]), (.suggestion, ["建议"]),
            (.serviceRating, ["服务评价"]), (.optOut, ["退订"]), (.link, ["绑定"]), (.unlink, ["解绑"]), (.erase, ["删除"]),
        ]
        let listed = Dictionary(uniqueKeysWithValues: aliases)
        for entry in EventType.catalogue {
            #expect(Array(entry.names.dropFirst()) == listed[entry.type] ?? [], "\(entry.type)")
        }
    }

    /// Numbers that stored profiles hold: they never change.
    @Test func storedNumbersOfSomeTypes() {
        #expect(EventType.visit.rawValue == 1)
        #expect(EventType.favorite.rawValue == 5)
        #expect(EventType.follow.rawValue == 11)
        #expect(EventType.review.rawValue == 21)
        #expect(EventType.purchase.rawValue == 38)
        #expect(EventType.refund.rawValue == 41)
        #expect(EventType.retract.rawValue == 58)
        #expect(EventType.referralConverted.rawValue == 63)
    }

    @Test func whatIsInbound() {
        let outbound: Set<EventType> = [
            .followBack, .unfollowBack, .pointsAdjust, .messageSent, .ask, .retract, .tagAdd, .tagRemove,
            .attributesSet, .erase, .referralConverted,
        ]
        // The person acts, but neither a weight nor the family makes it an approach.
        let weightless: Set<EventType> = [
            .dwell, .removeFromCart, .unfollow, .memberLeave, .optOut, .link, .unlink,
        ]
        for type in EventType.allCases {
            #expect(type.isInbound == !(outbound.contains(type) || weightless.contains(type)), "\(type)")
        }
        #expect(EventType.repay.isInbound && EventType.refund.isInbound, "no weight, but trade")
    }

    @Test func whatMovesRegistersOnly() {
        let registers = EventType.allCases.filter { !$0.isTimeline }
        #expect(registers == [.link, .unlink, .retract, .tagAdd, .tagRemove, .attributesSet, .erase])
        #expect(registers.allSatisfy { $0.entry.phase == nil })
    }

    @Test func defaultWeights() {
        #expect(EventType.visit.entry.weight == 0.5)
        #expect(EventType.purchase.entry.weight == 10)
        #expect(EventType.recommend.entry.advocacy == 10)
        #expect(EventType.catalogue.map(\.weight).reduce(0, +) == 139.5)
        #expect(EventType.catalogue.map(\.advocacy).reduce(0, +) == 42)
    }

    @Test func setsOfTypes() {
        var set = EventTypeSet([.visit, .referralConverted])
        #expect(set.contains(.visit) && set.contains(.referralConverted) && !set.contains(.view))
        set.insert(.view)
        #expect(set.subtracting(EventTypeSet([.visit, .view])) == EventTypeSet([.referralConverted]))
        #expect(set.union(EventTypeSet([.like])) == EventTypeSet([.like, .view, .visit, .referralConverted]))
        #expect(EventTypeSet().isEmpty && !set.isEmpty)
        let families = Family.allCases.map(EventType.family)
        #expect(families.reduce(EventTypeSet()) { $0.union($1) } == EventTypeSet(EventType.allCases))
    }
}
