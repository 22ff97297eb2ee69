import Scoring

/// Which versions something was computed with: of the definitions (scoring model and segments), and of the calibration;
/// 0 is what is built in.
package struct Versions: Hashable, Sendable {
    package var definitions: Int
    package var calibration: Int

    package init(definitions: Int = 0, calibration: Int = 0) {
        self.definitions = definitions
        self.calibration = calibration
    }
}

/// What everybody who writes must agree on: the versions in force, and how many segments are still being prepared.
///
/// The end of a preparation is no new version, but from then on changes of those segments are told, and not before.
package struct Edition: Hashable, Sendable {
    package var versions: Versions
    package var preparing: Int

    package init(_ versions: Versions = Versions(), preparing: Int = 0) {
        self.versions = versions
        self.preparing = preparing
    }
}

/// What is in force in the whole cluster: by what people are judged.
package struct Definitions: Sendable {
    package var versions = Versions()
    /// The version that brought the model; what was evaluated with an earlier one was so with another model.
    package var modelVersion = 0
    package var model = ScoringModel.standard
    package var calibration: Calibration?
    package var segments = LiveSegments()

    package init() {}

    package var edition: Edition { Edition(versions, preparing: segments.revisions.count { $0.state == .preparing }) }
}
