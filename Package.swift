// swift-tools-version: 6.2
import PackageDescription

/// What every target of ours is built with: warnings are errors, memory safety is strict (`unsafe` marks
/// each place that leaves it), and release builds optimise across modules because the hot path crosses six. The
/// compiler does so for what is `public`, not for `package`: hence the modules of the hot path say `public`, though no
/// other package is meant to use them.
let settings: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableExperimentalFeature("Lifetimes"),
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + core + ["TestSupport"], resources: resources, swiftSettings: settings)
}

/// The pure modules. Whoever imports one names it, or a build that is continued would not notice that a structure of it
/// has another layout by now.
let core: [Target.Dependency] = ["Ingest", "Segments", "Scoring", "Profiles", "Interactions"]

let log: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
    name: "guanxi",
    platforms: [.macOS(.v26)],
    products: [.executable(name: "guanxi", targets: ["guanxi"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-numerics", exact: "1.1.1"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
    ],
    targets: [
        // C as it is.
        .systemLibrary(name: "CRDKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .target(
            name: "CSimdJSON",
            cxxSettings: [.unsafeFlags(["-O3", "-std=c++17"]), .define("NDEBUG", .when(configuration: .release))],
            linkerSettings: [.linkedLibrary("simdjson")]),

        // Pure values: no C, no clock, no I/O.
        module("Interactions"),
        module("Profiles", ["Interactions"]),
        module("Scoring", ["Profiles", "Interactions", .product(name: "RealModule", package: "swift-numerics")]),
        module("Segments", ["Scoring", "Profiles", "Interactions"]),
        module("Ingest", ["Segments", "Scoring", "Profiles", "Interactions"]),

        // Edges.
        module("Decoding", ["CSimdJSON", "Interactions"]),
        module("Kafka", ["CRDKafka"] + core),
        module("Postgres", ["CPostgres"]),
        module("ProfileTables", ["Postgres"] + core, resources: [.embedInCode("SQL")]),

        // The loop, its simulator and the binary.
        module("Worker", ["Decoding"] + core),
        module("Simulation", ["Worker", "Decoding", "TestSupport"] + core),
        module("Traffic", [.product(name: "RealModule", package: "swift-numerics")]),
        module("Console", ["Worker", .product(name: "Hummingbird", package: "hummingbird")] + core),
        .executableTarget(
            name: "guanxi",
            dependencies: core + [
                "CMalloc", "Decoding", "Kafka", "Postgres", "ProfileTables", "Worker", "Console", "Traffic", log,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings),

        // Tests, one folder a module, and what they share.
        module("TestSupport", core),
        tests("InteractionsTests"),
        tests("ProfilesTests"),
        tests("ScoringTests"),
        tests("SegmentsTests"),
        tests("IngestTests"),
        tests("DecodingTests", ["Decoding"]),
        tests("KafkaTests", ["Kafka"]),
        tests("ProfileTablesTests", ["ProfileTables", "Simulation"]),
        tests("WorkerTests", ["Worker", "Simulation"]),
        tests("SimulationTests", ["Simulation"]),
        tests("TrafficTests", ["Traffic", "Decoding"]),
        tests("IntegrationTests", ["guanxi", "Kafka", "ProfileTables", "Worker", "Traffic"]),
        tests("GuanxiTests", ["guanxi"]),
        tests("TidyTests"),
    ],
    swiftLanguageModes: [.v6]
)
