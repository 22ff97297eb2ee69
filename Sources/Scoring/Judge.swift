import Profiles

/// By what people are judged beside their events: the numbers of the scores, what is known of everybody, and where
/// days begin.
///
/// A class because it never changes: whoever looks at somebody holds it in one word, where to copy a model is to count
/// everything in it.
public final class Judge: Sendable {
    public let model: ScoringModel
    public let calibration: Calibration?
    public let calendar: LocalCalendar

    public init(model: ScoringModel, calibration: Calibration?, calendar: LocalCalendar) {
        self.model = model
        self.calibration = calibration
        self.calendar = calendar
    }
}
