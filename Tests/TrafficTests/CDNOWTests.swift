import Decoding
import Foundation
import Interactions
import Testing

@testable import Traffic

@Suite struct CDNOWTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/cdnow")

    static func purchases() throws -> [CDNOW.Purchase] {
        try CDNOW.purchases(String(contentsOf: folder.appending(path: "CDNOW_sample.txt"), encoding: .utf8))
    }

    @Test func readsTheWholeLog() throws {
        let purchases = try Self.purchases()
        #expect(purchases.count == 6919)
        #expect(Set(purchases.map(\.customer)) == Set(1...2357))
        #expect(purchases.first == CDNOW.Purchase(line: 1, customer: 1, date: 1997_01_01, cents: 2933))
        #expect(purchases.map(\.date).max() == 1998_06_30)
        #expect(Set(purchases.map { [$0.customer, $0.date] }).count == 6696)
    }

    @Test func everyPurchaseIsAnEvent() throws {
        var decoder = Decoder(key: .standard, limits: DecodingLimits())
        var ids: Set<[UInt8]> = []
        for purchase in try Self.purchases() {
            var batch = InteractionBatch()
            let value = purchase.value
            decoder.decode(
                (value + [UInt8](repeating: 0, count: 64)).span, value: 0..<value.count, isTombstone: false,
                isJSON: true, record: 0, now: Self.now, into: &batch)
            let event = try #require(batch.interactions.first, "\(batch.rejections)")
            #expect(event.type == .purchase)
            #expect(event.amount == Int64(purchase.cents))
            #expect(Array(batch.bytes[event.customer.range]) == purchase.key)
            ids.insert(Array(batch.bytes[event.eventID.range]))
        }
        #expect(ids.count == 6919)
    }

    private static let now: Int64 = 1_763_900_000_000

    @Test(arguments: [
        "00004 0001 19970101 2", "00004 0001 1997-01-01 2 29.33", "00004 0001 19970101 2 29.3",
        "00004 0001 19970101 2 29",
        "00004 x 19970101 2 29.33", "master sample date number dollars",
    ])
    func refusesWhatIsNoPurchase(line: String) {
        #expect(throws: CDNOW.Malformed(line: 2)) {
            try CDNOW.purchases("00004 0001 19970101 2 29.33\r\n\(line)\r\n")
        }
    }
}
