import Interactions
import Profiles

/// What the person does for others to come: word of mouth, and who came by it.
struct Advocacy {
    /// A = Σ adv · decay(a, 60) over events with an advocacy weight; a review counts with a rating of 4 or more.
    var sum = 0.0
    /// Decayed (180 days) number of purchases of others that name this person as the referrer.
    var influence = 0.0
    /// Net amount of those purchases, minor units.
    var referredRevenue: Int64 = 0

    init(_ profile: borrowing Profile, _ view: borrowing Viewpoint) {
        let model = view.model
        for run in profile.runs {
            let isReferral = run.type == .referralConverted
            let weight = model.advocacyWeights[Int(run.type.rawValue)]
            if !isReferral && weight == 0 { continue }
            for index in run.range {
                let entry = profile.entries[index]
                if entry.isRetracted { continue }
                if isReferral {
                    influence += view.decay(entry.time, model.influenceHalfLife)
                    referredRevenue = referredRevenue.saturatingAdd(entry.amount)
                } else if run.type != .review || entry.rating >= 400 {
                    sum += weight * view.decay(entry.time, model.advocacyHalfLife)
                }
            }
        }
        if profile.dayTable.isEmpty { return }
        view.eachDeparted(profile.dayTable, where: { _ in true }) { row, middle in
            if row.type == .referralConverted {
                influence += Double(row.count) * view.decay(middle, model.influenceHalfLife)
            } else {
                let weight = model.advocacyWeights[Int(row.type.rawValue)]
                let count = row.type == .review ? row.praised : row.count
                if weight != 0 { sum += weight * Double(count) * view.decay(middle, model.advocacyHalfLife) }
            }
        }
        for rows in [profile.dayTable.days, profile.dayTable.months, profile.dayTable.totals] {
            for row in rows where row.type == .referralConverted {
                referredRevenue = referredRevenue.saturatingAdd(row.amount)
            }
        }
    }
}
