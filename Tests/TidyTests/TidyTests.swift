import Foundation
import Testing

/// The repository checks itself: arrows between modules, words that are not used, leftovers.
@Suite struct TidyTests {
    /// Who may import whom. SwiftPM does not refuse an undeclared transitive import, so this table does.
    static let arrows: [String: Set<String>] = [
        "Interactions": [],
        "Profiles": ["Interactions"],
        "Scoring": ["Profiles", "Interactions", "RealModule"],
        "Segments": ["Scoring", "Profiles", "Interactions"],
        "Ingest": ["Segments", "Scoring", "Profiles", "Interactions"],
        "Decoding": ["CSimdJSON", "Interactions"],
        "Kafka": ["CRDKafka", "Ingest"],
        "Postgres": ["CPostgres"],
        "ProfileTables": ["Postgres", "Ingest", "Scoring", "Profiles", "Interactions"],
        "Worker": ["Ingest", "Decoding", "Scoring", "Profiles", "Interactions"],
        "Simulation": [
            "Worker", "Ingest", "Decoding", "Segments", "Scoring", "Profiles", "Interactions", "TestSupport",
        ],
        "Traffic": ["RealModule"],
        "Console": ["Worker", "Ingest", "Interactions", "Hummingbird", "HTTPTypes", "NIOCore", "Logging"],
        "TestSupport": ["Ingest", "Segments", "Scoring", "Profiles", "Interactions"],
    ]

    /// What the standard library and the system bring. The pure modules import none of it.
    static let system: Set<String> = ["Dispatch", "Foundation", "FoundationEssentials", "Synchronization", "Glibc"]
    static let pure: Set<String> = ["Interactions", "Profiles", "Scoring", "Segments", "Ingest", "Traffic"]
    /// What a record passes through: `public`, as the compiler inlines nothing else across modules. Others say `package`.
    static let hotPath: Set<String> = [
        "Interactions", "Decoding", "Profiles", "Scoring", "Segments", "Ingest", "Postgres",
    ]
    /// Where C is spoken, and so memory safety is ours to keep.
    static let unsafeModules: Set<String> = ["Decoding", "Kafka", "Postgres", "guanxi", "Console"]

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func files(_ folder: String, _ suffixes: [String] = [".swift"]) -> [(path: String, lines: [String])] {
        let base = root.appending(path: folder)
        let paths = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { path in suffixes.contains { path.hasSuffix($0) } }.sorted().map { path in
            let text = (try? String(contentsOf: base.appending(path: path), encoding: .utf8)) ?? ""
            return ("\(folder)/\(path)", text.components(separatedBy: "\n"))
        }
    }

    @Test func importsFollowTheArrows() {
        var seen = 0
        for (module, allowed) in Self.arrows {
            let allowed = allowed.union(Self.pure.contains(module) ? [] : Self.system)
            for file in Self.files("Sources/\(module)") {
                for line in file.lines {
                    let words = line.split(separator: " ")
                    guard let index = words.firstIndex(of: "import"), index == 0 || words[0].hasPrefix("@") else {
                        continue
                    }
                    seen += 1
                    let name = String(words.last!.split(separator: ".")[0])
                    #expect(allowed.contains(name), "\(file.path): \(module) may not import \(name)")
                }
            }
        }
        #expect(seen > 30, "the test has read the sources")
    }

    @Test func unsafeStaysAtTheRim() {
        for module in Self.arrows.keys where !Self.unsafeModules.contains(module) {
            for file in Self.files("Sources/\(module)") {
                for (number, line) in file.lines.enumerated() where !line.contains("//") {
                    #expect(
                        !line.contains("unsafe "),
                        "\(file.path):\(number + 1): `unsafe` belongs in modules that speak C")
                }
            }
        }
    }

    @Test func modulesOpenInOneWayAndNothingIsLeftOver() {
        let marks = ["FIX" + "ME", "TO" + "DO", "fatal" + "Error(\"unimpl"]
        for file in Self.files("Sources", [".swift", ".sql", ".cpp", ".h"]) + Self.files("scripts", [""]) {
            for (number, line) in file.lines.enumerated() {
                for mark in marks { #expect(!line.contains(mark), "\(file.path):\(number + 1): \(mark)") }
                if file.path.hasSuffix(".swift") {
                    let isHot = Self.hotPath.contains(String(file.path.split(separator: "/")[1]))
                    let word = line.split(separator: " ").first { !$0.hasPrefix("@") }
                    #expect(
                        word.map(String.init) != (isHot ? "package" : "public"),
                        "\(file.path):\(number + 1): what crosses this module is `\(isHot ? "public" : "package")`")
                }
            }
        }
    }

    @Test func namesSayWhatTheyMean() {
        let banned = ["Core", "Common", "Utils", "Util", "Manager", "Helper", "Helpers", "Misc"]
        for file in Self.files("Sources") {
            let name = (file.path as NSString).lastPathComponent.replacingOccurrences(of: ".swift", with: "")
            #expect(
                !banned.contains { name == $0 || name.hasSuffix("Manager") || name.hasSuffix("Helper") }, "\(file.path)"
            )
            #expect(file.path.split(separator: "/")[1] != "Placeholder.swift")
            #expect(name != "Placeholder", "\(file.path)")
        }
    }

    @Test func theProjectStandsAlone() {
        // Nothing may name the place it was built in.
        let marks = ["../sha" + "red", "/work/" + "main", "/opt/swift-" + "packages", "farm-" + "studio"]
        let folders = ["Sources", "Tests", "scripts", "docs", "deploy", ".ci"]
        for file in folders.flatMap({
            Self.files($0, [".swift", ".sql", ".md", ".yaml", ".yml", "setup", "test", "demo", "services", "run"])
        }) {
            for (number, line) in file.lines.enumerated() {
                for mark in marks { #expect(!line.contains(mark), "\(file.path):\(number + 1): names \(mark)") }
            }
        }
    }
}
