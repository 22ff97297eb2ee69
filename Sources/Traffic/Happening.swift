/// What may happen, how often, and which fields tell it: browsing far before interest, then social, activity, content
/// and trade. Weights are ten-thousandths of the valid records.
struct Happening: Sendable {
    enum Detail: UInt8, Sendable {
        case none, item, category, coupon, purchase, refund, rated, complaint, spoken, ask, answer, retract, tag
        case attributes, points, dwell
    }

    let type: String
    let weight: Int
    let detail: Detail
    /// What stands between the event's id and its instant.
    let opening: [UInt8]

    private init(_ type: String, _ weight: Int, _ detail: Detail) {
        self.type = type
        self.weight = weight
        self.detail = detail
        opening = Array("\",\"type\":\"\(type)\",\"occurred_at\":".utf8)
    }

    static let all = [
        // browse
        Happening("view", 4020, .item), Happening("visit", 1150, .none), Happening("search", 800, .category),
        Happening("dwell", 150, .dwell),
        // interest
        Happening("add_to_cart", 640, .item), Happening("favorite", 400, .item), Happening("want", 120, .item),
        Happening("enquiry", 100, .item), Happening("compare_price", 100, .item),
        Happening("remove_from_cart", 60, .item),
        // social
        Happening("like", 270, .none), Happening("share", 140, .item), Happening("follow", 120, .none),
        Happening("comment", 110, .spoken), Happening("repost", 50, .none), Happening("follow_back", 45, .none),
        Happening("mention", 25, .none), Happening("store_visit", 20, .none), Happening("unfollow", 20, .none),
        Happening("unfollow_back", 5, .none),
        // activity
        Happening("coupon_claim", 270, .coupon), Happening("check_in", 160, .none), Happening("lottery", 80, .none),
        Happening("game", 40, .none), Happening("group_buy_join", 30, .item), Happening("trial_join", 20, .item),
        Happening("treasure_guess", 20, .none),
        // content
        Happening("review", 170, .rated), Happening("vote", 60, .none), Happening("buyer_show", 50, .item),
        Happening("question", 50, .item), Happening("post", 40, .spoken), Happening("recommend", 30, .item),
        Happening("survey", 20, .none), Happening("trial_report", 15, .rated), Happening("essay", 5, .none),
        // trade
        Happening("purchase", 300, .purchase), Happening("coupon_redeem", 50, .coupon),
        Happening("refund", 30, .refund),
        Happening("repay", 5, .none),
        // membership, service, marketing, record
        Happening("member_join", 30, .none), Happening("points_redeem", 10, .points),
        Happening("member_leave", 5, .none),
        Happening("service_contact", 25, .none), Happening("service_rating", 20, .rated),
        Happening("complaint", 15, .complaint), Happening("suggestion", 5, .spoken), Happening("ask", 10, .ask),
        Happening("answer", 10, .answer), Happening("message_open", 20, .none), Happening("message_click", 10, .none),
        Happening("opt_in", 5, .none), Happening("opt_out", 5, .none), Happening("tag_add", 10, .tag),
        Happening("attributes_set", 10, .attributes), Happening("retract", 20, .retract),
    ]

    /// Where to find what may happen, each as often as it weighs.
    static let places: [UInt8] = all.indices.flatMap { [UInt8](repeating: UInt8($0), count: all[$0].weight) }
    static let view = 0
}
