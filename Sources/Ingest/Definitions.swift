import Scoring

/// Which versions something was computed with: of the scoring model, and of the calibration; 0 is what is built in.
package struct Versions: Hashable, Sendable {
    package var model: Int
    package var calibration: Int

    package init(model: Int = 0, calibration: Int = 0) {
        self.model = model
        self.calibration = calibration
    }
}

/// What is in force in the whole cluster: by what people are judged.
package struct Definitions: Equatable, Sendable {
    package var versions = Versions()
    package var model = ScoringModel.standard
    package var calibration: Calibration?

    package init() {}
}
