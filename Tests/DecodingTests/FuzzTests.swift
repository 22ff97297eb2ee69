import Decoding
import Foundation
import Interactions
import TestSupport
import Testing

/// Spoiled records: whatever comes, the decoder says what the contract allows, says it again, and leaves the neighbours
/// alone. `GUANXI_FUZZ=n` sets how many, `GUANXI_SEED=n` replays one stream.
@Suite struct FuzzTests {
    static let seeds = Seeds.all(2)
    static let count =
        (ProcessInfo.processInfo.environment["GUANXI_FUZZ"].flatMap { Int($0) } ?? 20_000) / seeds.count

    @Test(arguments: seeds) func anySpoiledRecordIsDecidedByTheContract(_ seed: UInt64) {
        print("fuzz: seed \(seed), \(Self.count) records")
        var mutator = Mutator(seed: seed)
        var trial = Trial(mutator.corpus)
        var codes: [Rejection.Code?: Int] = [:]
        for step in 0..<Self.count {
            let bytes = mutator.next()
            let (verdict, finding) = trial.run(bytes, step)
            codes[verdict?.code, default: 0] += 1
            if let finding {
                let text = String(decoding: bytes.prefix(2000), as: UTF8.self)
                let base64 = Data(bytes.prefix(2000)).base64EncodedString()
                Issue.record("seed \(seed), step \(step): \(finding)\n\(text)\n\(base64)")
                return
            }
        }
        if Self.count < 10_000 { return }
        // A stream that reaches only some of the decoder would say little.
        for code in Rejection.Code.allCases { #expect(codes[code, default: 0] > 0, "\(code.rawValue)") }
        #expect(codes[nil, default: 0] > Self.count / 20)
    }

    @Test func theCorpusIsValid() {
        for bytes in Mutator(seed: 0).corpus { #expect(Decoded(bytes).code == nil, "\(Decoded(bytes).outcome)") }
    }

    /// Two decoders that see the same record among different neighbours.
    struct Trial: ~Copyable {
        private var decoder = Decoder(key: .standard, limits: DecodingLimits())
        private var other = Decoder(key: .standard, limits: DecodingLimits())
        private let corpus: [[UInt8]]
        private let expected: [Verdict]

        init(_ corpus: [[UInt8]]) {
            self.corpus = corpus
            expected = corpus.map { Verdict.all(Decoded($0).batch)[0] }
        }

        mutating func run(_ bytes: [UInt8], _ step: Int) -> (Verdict?, finding: String?) {
            let before = step % corpus.count
            let after = (step + step / corpus.count) % corpus.count
            let batch = Self.decode([corpus[before], bytes, corpus[after]], padding: 0, &decoder)
            if batch.interactions.count + batch.rejections.count != 3 { return (nil, "not one verdict a record") }
            let verdicts = Verdict.all(batch)
            let verdict = verdicts[1]
            if verdicts[0] != expected[before] { return (verdict, "the record before is another one") }
            if verdicts[2] != expected[after] { return (verdict, "the record after is another one") }
            let alone = Self.decode([bytes], padding: [0x22, 0x7d, 0xff, 0x30][step & 3], &other)
            if Verdict.all(alone) != [verdict] { return (verdict, "alone it is another one") }
            if let finding = Self.breach(alone) { return (verdict, finding) }
            // Foundation is slow: asked about all that is accepted, and some of what is not.
            if verdict.code != nil, step & 7 > 0 { return (verdict, nil) }
            return (verdict, OtherParser.disagreement(bytes, verdict.code))
        }

        private static func decode(_ records: [[UInt8]], padding: UInt8, _ decoder: inout Decoder) -> InteractionBatch {
            var arena: [UInt8] = []
            for record in records { arena += record }
            arena.append(contentsOf: repeatElement(padding, count: 64))
            var batch = InteractionBatch()
            var start = 0
            for (index, record) in records.enumerated() {
                decoder.decode(
                    arena.span, value: start..<start + record.count, isTombstone: false, isJSON: true,
                    record: UInt32(index), now: Decoded.now, into: &batch)
                start += record.count
            }
            return batch
        }

        private static func breach(_ batch: InteractionBatch) -> String? {
            let invariants = Invariants(batch: batch, latest: Decoded.now + 600_000)
            if let rejection = batch.rejections.first {
                if !batch.settings.isEmpty || batch.bytes.count != rejection.customer.range.count {
                    return "a rejected record left something"
                }
                return invariants.broken(rejection)
            }
            return invariants.broken(batch.interactions[0])
        }
    }
}

/// Foundation's parser as a second opinion on what is JSON.
///
/// It differs in a listed field given twice, lone surrogates, nesting beyond 64 and the byte order mark, which only the
/// contract refuses; in numbers that fit no double, which only Foundation refuses; and in a comma before a closing
/// brace, which Foundation lets stand. With zero bytes in it Foundation takes a text for UTF-16, so those are left out.
enum OtherParser {
    static func disagreement(_ bytes: [UInt8], _ code: Rejection.Code?) -> String? {
        if code == .empty || code == .tooLarge { return nil }
        let isUTF8 = String(validating: bytes, as: UTF8.self) != nil
        if isUTF8 == (code == .notUTF8) { return "UTF-8 or not is seen differently" }
        if !isUTF8 || bytes.contains(0) { return nil }
        let value = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
        switch code {
        case .notJSON:
            return value == nil || isRefusedByContract(bytes) ? nil : "Foundation reads what is refused as no JSON"
        case .notAnObject:
            if value == nil { return hasHugeNumber(bytes) ? nil : "Foundation reads no JSON at all" }
            return value is [String: Any] ? "Foundation reads an object" : nil
        default:
            if value == nil { return hasHugeNumber(bytes) ? nil : "Foundation reads no JSON at all" }
            return value is [String: Any] ? nil : "Foundation reads no object"
        }
    }

    private static func isRefusedByContract(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) || text.contains("\\u") { return true }
        if text.contains(#/,\s*[}\]]/#) { return true }
        return depth(bytes) > 64 || Mutator.listed.contains { text.ranges(of: "\"\($0)\"").count > 1 }
    }

    /// Digits beyond the range of a double, or exponents that might be.
    private static func hasHugeNumber(_ bytes: [UInt8]) -> Bool {
        let numbers = bytes.split { !(0x30...0x39 ~= $0 || [0x2b, 0x2d, 0x2e, 0x45, 0x65].contains($0)) }
        return numbers.contains { Double(String(decoding: $0, as: UTF8.self))?.isInfinite == true }
    }

    private static func depth(_ bytes: [UInt8]) -> Int {
        var (depth, deepest, isString, isEscaped) = (0, 0, false, false)
        for byte in bytes {
            if isString {
                if isEscaped {
                    isEscaped = false
                } else if byte == 0x5c {
                    isEscaped = true
                } else {
                    isString = byte != 0x22
                }
                continue
            }
            switch byte {
            case 0x22: isString = true
            case 0x5b, 0x7b:
                depth += 1
                deepest = max(deepest, depth)
            case 0x5d, 0x7d: depth -= 1
            default: break
            }
        }
        return deepest
    }
}
