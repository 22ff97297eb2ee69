import Profiles
import RealModule

/// Scores that are made of one sum, of which each part halves in so many days.
public enum FadingScore: Sendable { case engagement, advocacy, influence }

extension Evaluation {
    /// Less than such a score can come to within a day in which nothing happens: what lies ahead fades later still.
    public borrowing func least(_ score: FadingScore, afterADayBy judge: Judge) -> Double {
        let model = judge.model
        let least =
            switch score {
            case .engagement: Self.engagement(engagementSum * Self.left(model.engagementHalfLife), model)
            case .advocacy: Self.advocacy(advocacySum * Self.left(model.advocacyHalfLife), model)
            case .influence: influence * Self.left(model.influenceHalfLife)
            }
        // Sums of rounded parts are not exact.
        return least - 1e-9 * (1 + least)
    }

    /// How much a day leaves.
    private static func left(_ halfLife: Double) -> Double { Double.exp2(-1 / halfLife) }

    static func engagement(_ sum: Double, _ model: borrowing ScoringModel) -> Double {
        100 * (1 - Double.exp(-sum / model.engagementScale))
    }

    static func advocacy(_ sum: Double, _ model: borrowing ScoringModel) -> Double {
        100 * (1 - Double.exp(-sum / model.advocacyScale))
    }
}
