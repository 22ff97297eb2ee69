import Interactions
import Profiles
import Scoring
import TestSupport
import Testing

/// Tastes and habits by hand: what is liked, where and when (half-life 60 days), and how the person buys.
@Suite struct TasteTests {
    /// What comes out, as text.
    struct Found: Equatable {
        var categories: [String] = [], brands: [String] = []
        var channel: String?, city: String?, hour: Int?, cities = 0

        init(_ events: [Event], at t: Int64, _ calendar: LocalCalendar = .utc, _ model: ScoringModel = .standard) {
            let profile = Profile(of: events, calendar)
            let tastes = Tastes(profile, at: t, model: model, calendar: calendar)
            func name(_ value: StringPool.ID) -> String? {
                value == StringPool.absent ? nil : profile.strings.string(value)
            }
            categories = (0..<5).compactMap { name(tastes.categories[$0]) }
            brands = (0..<5).compactMap { name(tastes.brands[$0]) }
            (channel, city, hour, cities) = (name(tastes.channel), name(tastes.city), tastes.hour, tastes.cities)
        }
    }

    static func of(_ category: String, _ day: Double, _ type: EventType, _ id: String = "") -> Event {
        .on(day, type) { ($0.id, $0.order, $0.category, $0.brand) = (id, id, category, category + "'s") }
    }

    @Test func nothingIsLikedByNobody() {
        for events in [[], [Event.on(0, .messageSent) { ($0.category, $0.city) = ("tea", "Xi'an") }]] {
            let found = Found(events, at: .day(0))
            #expect(found.categories.isEmpty && found.brands.isEmpty && found.cities == 0)
            #expect(found.channel == nil && found.city == nil && found.hour == nil)
        }
    }

    static let liked: [(what: String, events: [Event], t: Int64, categories: [String])] = [
        ("none named", [.on(0, .view)], .day(0), []),
        (
            "by weight, not by number", [of("a", 0, .view), of("a", 0, .view), of("b", 0, .comment)], .day(0),
            ["b", "a"]
        ),
        // 10 · 2^(−1) beats 4, 10 · 2^(−2) does not.
        ("half is left", [of("a", 0, .purchase), of("b", 60, .enquiry)], .day(60), ["a", "b"]),
        ("a quarter is left", [of("a", 0, .purchase), of("b", 120, .enquiry)], .day(120), ["b", "a"]),
        ("ahead with age 0", [of("a", 0, .like), of("b", 0.005, .like)], .day(0), ["a", "b"]),
        (
            "ties by bytes", [of("b", 0, .view), of("é", 0, .view), of("B", 0, .view), of("a", 0, .view)], .day(0),
            ["B", "a", "b", "é"]
        ),
        ("five", "gfedcba".map { of(String($0), 0, .view) } + [of("g", 0, .view)], .day(0), ["g", "a", "b", "c", "d"]),
        ("what the shop does", [of("a", 0, .ask), of("b", 0, .view)], .day(0), ["b"]),
        (
            "what is given back", [of("a", 0, .purchase, "p"), .refunded(0, "p"), of("b", 0, .favorite)], .day(0),
            ["a", "b"]
        ),
        ("what is taken back", [of("a", 0, .purchase, "p"), .retracted("p"), of("b", 0, .favorite)], .day(0), ["b"]),
    ]

    @Test(arguments: liked.indices) func categoriesAndBrands(_ index: Int) {
        let row = Self.liked[index]
        let events = Event.numbered(row.events)
        for events in [events, events.reversed()] {
            let found = Found(events, at: row.t)
            #expect(found.categories == row.categories, "\(row.what)")
            #expect(found.brands == row.categories.map { $0 + "'s" }, "\(row.what)")
        }
    }

    @Test func channelsWeighHereToo() {
        let events: [Event] = [
            .on(0, .comment) { ($0.channel, $0.category) = ("web", "a") },
            .on(0, .like) { ($0.channel, $0.category) = ("app", "b") },
        ]
        let plain = Found(events, at: .day(0))
        #expect(plain.channel == "web" && plain.categories == ["a", "b"])
        var model = ScoringModel.standard
        model.channels = ["app": 4]
        let weighed = Found(events, at: .day(0), .utc, model)
        #expect(weighed.channel == "app" && weighed.categories == ["b", "a"])
        #expect(Found([.on(0, .like)], at: .day(0)).channel == "crm", "the namespace, where none is named")
    }

    @Test func citiesAreCountedAndTheTopOneWeighed() {
        func at(_ city: String?, _ day: Double, _ type: EventType) -> Event { .on(day, type) { $0.city = city } }
        let events = [
            at("Suzhou", 0, .purchase), at("Hefei", 150, .comment), at("Hefei", 150, .view), at("Xi'an", 150, .visit),
            at(nil, 150, .purchase), at("Lhasa", 150, .messageSent),
        ]
        let found = Found(events, at: .day(150))  // Suzhou has 10 · 2^(−2.5) = 1.8 left, Hefei has 4
        #expect(found.city == "Hefei" && found.cities == 3)
    }

    @Test func hoursAreThoseOfTheZone() {
        // 01:30 comes twice on 2025-11-02 in New York, at 05:30Z and 06:30Z; 12:00 is at 17:00Z.
        let events: [Event] = [
            .on("2025-11-02T05:30:00Z", .view), .on("2025-11-02T06:30:00Z", .view),
            .on("2025-11-02T17:00:00Z", .visit), .on("2025-11-02T17:59:59Z", .view),
        ]
        let t = Int64.time("2025-11-03T00:00:00Z")
        #expect(Found(events, at: t, .newYork).hour == 1)
        #expect(Found(events, at: t).hour == 17)
        #expect(Found(events, at: t, .shanghai).hour == 1)  // of the 3rd
        #expect(
            Found([.on(0.75, .view), .on(0.75, .view), .on(0.25, .comparePrice), .on(0.25, .like)], at: .day(9))
                .hour == 18, "half a day newer")
        #expect(Found([.on(0.75, .view), .on(0.25, .view)], at: .day(0)).hour == 6, "ties by the earlier hour")
    }

    // MARK: - Habits

    static func bought(
        _ day: Double, _ amount: Int64, _ brand: String? = nil, coupon: String? = nil, _ id: String = ""
    ) -> Event {
        var event = Event.bought(day, amount, id)
        (event.brand, event.coupon) = (brand, coupon)
        return event
    }

    struct Habits: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let events: [Event], expected: (couponShare: Double, averageOrder: Double, novelty: Double)?

        init(_ what: String, _ events: [Event], _ expected: (Double, Double, Double)?) {
            (testDescription, self.events, self.expected) = (what, events, expected)
        }
    }

    static let habits: [Habits] = [
        Habits("nothing", [], nil), Habits("nothing bought", [.on(0, .view) { $0.brand = "a" }], nil),
        Habits("a coupon and no purchase", [.on(0, .couponRedeem) { $0.coupon = "k" }], nil),
        Habits("one", [bought(0, 1000)], (0, 1000, 0)),
        Habits("one of a brand, with a coupon", [bought(0, 1000, "a", coupon: "k")], (1, 1000, 1)),
        Habits("the same again", [bought(0, 1000, "a", coupon: "k"), bought(1, 501, "a")], (1 / 2.0, 750.5, 1 / 2.0)),
        Habits("brands", [bought(0, 1, "a"), bought(1, 2, "b"), bought(2, 6, "a")], (0, 3, 2 / 3.0)),
        Habits(
            "the same coupon", [bought(0, 1, coupon: "k"), bought(1, 1, coupon: "k"), bought(2, 1)], (2 / 3.0, 1, 0)),
        Habits("a gift", [bought(0, 0, "a"), bought(1, 100, "b")], (0, 50, 1)),
        Habits("ahead", [bought(600 / 86_400.0, 80, "a")], (0, 80, 1)),
        Habits("given back in part", [bought(0, 1000, "a", coupon: "k", "p"), .refunded(1, "p", 400)], (1, 600, 1)),
        Habits(
            "given back", [bought(0, 1000, "a", coupon: "k", "p"), bought(0, 50, "b"), .refunded(1, "p")], (0, 50, 1)),
        Habits("more than was paid", [bought(0, 1000, "a", "p"), .refunded(1, "p", 9000)], nil),
        Habits("the only one taken back", [bought(0, 1000, "a", "p"), .retracted("p")], nil),
    ]

    @Test(arguments: habits) func howThePersonBuys(_ row: Habits) {
        let events = Event.numbered(row.events)
        for events in [events, events.reversed()] {
            let result = Evaluation(Profile(of: events), at: .day(0), model: .standard, calendar: .utc)
            #expect(agree(result.couponShare, row.expected?.couponShare))
            #expect(agree(result.averageOrder, row.expected?.averageOrder))
            #expect(agree(result.novelty, row.expected?.novelty))
        }
    }
}
