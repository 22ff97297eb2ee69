/// The CDNOW purchase log as events: 6,919 purchases of 2,357 customers, the data set on which repeat-buying models are
/// compared (Fader and Hardie 2001; one tenth sample).
package enum CDNOW {
    package struct Purchase: Equatable, Sendable {
        /// Number of the line in the file: names the event.
        package var line: Int
        package var customer: Int
        /// `YYYYMMDD`.
        package var date: Int
        /// Minor units.
        package var cents: Int
    }

    package struct Malformed: Error, Equatable, CustomStringConvertible {
        package let line: Int
        package var description: String {
            "line \(line) is no CDNOW purchase; accepted: master id, sample id, YYYYMMDD, number of CDs, dollars"
        }
    }

    /// Reads the lines of `CDNOW_sample.txt`.
    package static func purchases(_ text: String) throws(Malformed) -> [Purchase] {
        var purchases: [Purchase] = []
        var number = 0
        for line in text.split(whereSeparator: \.isNewline) {
            number += 1
            let fields = line.split(separator: " ")
            guard fields.count == 5, let customer = Int(fields[1]), let date = Int(fields[2]),
                (1970_01_01...2100_12_31).contains(date), let cents = cents(fields[4])
            else { throw Malformed(line: number) }
            purchases.append(Purchase(line: number, customer: customer, date: date, cents: cents))
        }
        return purchases
    }

    private static func cents(_ text: Substring) -> Int? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let dollars = Int(parts[0]), parts[1].count == 2, let rest = Int(parts[1]) else {
            return nil
        }
        return dollars * 100 + rest
    }
}

extension CDNOW.Purchase {
    package var key: [UInt8] { Array("crm:cdnow-\(customer)".utf8) }

    /// The purchase as a record: at noon UTC of its day, so that it is the same day in most time zones.
    package var value: [UInt8] {
        let day = "\(date / 10_000)-\(Self.two(date / 100 % 100))-\(Self.two(date % 100))"
        let amount = "\(cents / 100).\(Self.two(cents % 100))"
        return Array(
            """
            {"event_id":"cdnow-\(line)","type":"purchase","occurred_at":"\(day)T12:00:00Z",\
            "customer":"crm:cdnow-\(customer)","order_id":"cdnow-\(line)","amount":\(amount)}
            """.utf8)
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
