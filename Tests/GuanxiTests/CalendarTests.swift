import Foundation
import Profiles
import Testing

@testable import guanxi

@Suite struct Zones {
    /// Foundation brings a database of its own: two readings of the same history agree.
    @Test(arguments: [
        "UTC", "Asia/Shanghai", "America/New_York", "Europe/Dublin", "Australia/Lord_Howe", "Asia/Kolkata",
        "America/Sao_Paulo", "Pacific/Auckland", "Asia/Kathmandu", "Europe/London",
    ])
    func agreeWithFoundation(name: String) throws {
        let zone = try #require(Zone(name), "the system has no \(name): apt install tzdata")
        let theirs = try #require(TimeZone(identifier: name))
        // Every five days and some hours from 1990 to 2035.
        for step in 0..<3200 {
            let instant = 631_152_000 + Int64(step) * 444_444
            let offset = theirs.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant)))
            let local = instant + Int64(offset)
            #expect(zone.calendar.day(instant * 1000) == Int(local / 86_400), "\(name) at \(instant)")
            #expect(zone.calendar.hour(instant * 1000) == Int(local % 86_400 / 3600), "\(name) at \(instant)")
        }
    }

    @Test func namesCannotLeaveTheFolder() {
        #expect(Zone("../../etc/passwd") == nil)
        #expect(Zone("Mars/Olympus") == nil)
        #expect(Zone("") == nil)
        #expect(Zone("Asia") == nil)
    }

    @Test func whatIsNoZoneFileIsRefused() {
        #expect(ZoneFile([]) == nil)
        #expect(ZoneFile(Array("TZif".utf8)) == nil)
        #expect(ZoneFile(Array("TZif2".utf8) + [UInt8](repeating: 0xff, count: 200)) == nil)
        #expect(ZoneFile([UInt8](repeating: 0, count: 100)) == nil)
    }

    @Test(
        arguments: [
            ("CST-8", 28_800, nil), ("EST5EDT,M3.2.0,M11.1.0", -18_000, -14_400), ("<+0330>-3:30", 12_600, nil),
            ("IST-1GMT0,M10.5.0,M3.5.0/1", 3600, 0), ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", -7200, -3600),
        ] as [(String, Int, Int?)])
    func rules(text: String, standard: Int, summer: Int?) throws {
        let rule = try #require(ZoneRule(text))
        #expect(rule.standard == standard)
        #expect(rule.summer?.offset == summer)
    }

    @Test(arguments: ["", "C-8", "CST", "CST-8CDT", "CST-8CDT,M13.1.0,M1.1.0", "CST-8,", "CST200", "<CST-8", "CST-8x"])
    func notRules(text: String) { #expect(ZoneRule(text) == nil) }

    @Test func rulesFindTheirDays() throws {
        let rule = try #require(ZoneRule("EST5EDT,M3.2.0,M11.1.0"))
        // 2026-03-08 07:00 and 2026-11-01 06:00 UTC.
        #expect(rule.changes(in: 2026).map(\.instant) == [1_772_953_200_000, 1_793_512_800_000])
        #expect(ZoneRule("AAA0BBB,J60/0,J365/0")?.summer?.start.date(in: 2024) == 19_783)
        #expect(ZoneRule("AAA0BBB,59/0,J365/0")?.summer?.start.date(in: 2024) == 19_782)
    }

    @Test func datesGoThereAndBack() {
        for days in stride(from: -800_000, through: 800_000, by: 317) {
            let date = CivilDate(daysSince1970: days)
            #expect(date.daysSince1970 == days)
            #expect((1...12).contains(date.month) && (1...31).contains(date.day))
        }
        #expect(CivilDate(daysSince1970: 19_782) == CivilDate(year: 2024, month: 2, day: 29))
    }
}
