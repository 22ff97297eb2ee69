import Scoring

/// Which versions something was computed with: of the definitions (scoring model and segments), and of the calibration;
/// 0 is what is built in.
public struct Versions: Hashable, Sendable {
    public var definitions: Int
    public var calibration: Int

    public init(definitions: Int = 0, calibration: Int = 0) {
        self.definitions = definitions
        self.calibration = calibration
    }
}

/// What everybody who writes must agree on: the versions in force, and how many segments are still being prepared.
///
/// The end of a preparation is no new version, but from then on changes of those segments are told, and not before.
public struct Edition: Hashable, Sendable {
    public var versions: Versions
    public var preparing: Int

    public init(_ versions: Versions = Versions(), preparing: Int = 0) {
        self.versions = versions
        self.preparing = preparing
    }
}

/// What is in force in the whole cluster: by what people are judged.
public struct Definitions: Sendable {
    public var versions = Versions()
    /// The version that brought the model; what was evaluated with an earlier one was so with another model.
    public var modelVersion = 0
    public var model = ScoringModel.standard
    public var calibration: Calibration?
    public var segments = LiveSegments()

    public init() {}

    public var edition: Edition { Edition(versions, preparing: segments.revisions.count { $0.state == .preparing }) }
}
