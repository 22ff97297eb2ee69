/// What the nodes of a program have come to for the person asked about: whether they hold, and when time alone may
/// change that. Nodes that read nothing of the person hold what they hold for somebody without anything.
struct Verdicts: Sendable {
    struct Verdict: Sendable {
        var holds: Bool
        var changesAt: Int64 = .max
    }

    /// The nodes to evaluate.
    var active: NodeSet
    /// By node; of those that are active.
    private var list: [Verdict]
    private let vacant: [Bool]

    init(_ program: SegmentProgram) {
        active = NodeSet(count: program.nodes.count)
        list = [Verdict](repeating: Verdict(holds: false), count: program.nodes.count)
        vacant = program.vacant
    }

    subscript(node: Int) -> Verdict {
        get { active.contains(node) ? list[node] : Verdict(holds: vacant[node]) }
        set { list[node] = newValue }
    }

    /// One child decides: a false one of `all`, a true one of `any`. While there is one nothing changes, so the last of
    /// them to change is awaited; where there is none, the first of all.
    func combined(_ places: Range<Int>, of children: [Int], isAll: Bool) -> SegmentEvaluator.Reading {
        var first = Int64.max
        var lastDeciding = Int64.min
        var isDecided = false
        for place in places {
            let child = self[children[place]]
            first = min(first, child.changesAt)
            if child.holds != isAll {
                isDecided = true
                lastDeciding = max(lastDeciding, child.changesAt)
            }
        }
        return SegmentEvaluator.Reading(holds: isAll != isDecided, changesAt: isDecided ? lastDeciding : first)
    }

    func negated(_ child: Int) -> SegmentEvaluator.Reading {
        let verdict = self[child]
        return SegmentEvaluator.Reading(holds: !verdict.holds, changesAt: verdict.changesAt)
    }
}
