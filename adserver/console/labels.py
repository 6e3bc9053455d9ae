"""What the pages call the things that the code names by a word; each text goes through the reader's catalogue."""

from collections.abc import Mapping

from adserver.inventory.model import GoalKind, PriceModel, Tier
from adserver.reporting.delivery import CampaignState, Pace


def N_(message: str) -> str:  # noqa: N802 - gettext's name for "to be translated later"
    """Mark a text for extraction."""
    return message


TIERS: Mapping[str, str] = {
    Tier.SPONSORSHIP: N_("Sponsorship"),
    Tier.GUARANTEED: N_("Guaranteed"),
    Tier.STANDARD: N_("Standard"),
    Tier.HOUSE: N_("House ad"),
}
STATES: Mapping[str, str] = {
    CampaignState.RUNNING: N_("Running"),
    CampaignState.SCHEDULED: N_("Scheduled"),
    CampaignState.PAUSED: N_("Paused"),
    CampaignState.ENDED: N_("Ended"),
}
PACES: Mapping[str, str] = {
    Pace.BEHIND: N_("Behind schedule"),
    Pace.ON_TRACK: N_("On schedule"),
    Pace.AHEAD: N_("Ahead of schedule"),
    Pace.REACHED: N_("Goal reached"),
}
GOALS: Mapping[str, str] = {
    GoalKind.IMPRESSIONS: N_("impressions"),
    GoalKind.VIEWABLE: N_("viewable impressions"),
    GoalKind.CLICKS: N_("clicks"),
}
PRICES: Mapping[str, str] = {
    PriceModel.CPM: N_("for 1,000 impressions"),
    PriceModel.VCPM: N_("for 1,000 viewable impressions"),
    PriceModel.CPC: N_("for each click"),
    PriceModel.FLAT: N_("for the whole campaign"),
}
DEVICES: Mapping[str, str] = {
    "desktop": N_("Computer"),
    "mobile": N_("Phone"),
    "tablet": N_("Tablet"),
    "other": N_("Other device"),
}
EVENTS: Mapping[str, str] = {
    "impression": N_("Impression"),
    "viewable": N_("Viewable impression"),
    "click": N_("Click"),
    "view": N_("Article view"),
}
REASONS: Mapping[str, str] = {
    "forged": N_("Not from one of our pages"),
    "expired": N_("Too late: long after the page was shown"),
    "duplicate": N_("Repeat of one already counted"),
    "declared_bot": N_("Search engine or other known robot"),
    "blank_user_agent": N_("Program that does not say what it is"),
    "prefetch": N_("Page loaded ahead and not seen"),
    "bot_header": N_("Robot recognised by the site's firewall"),
    "datacenter": N_("From a data centre, where no readers live"),
    "velocity": N_("Faster than people read and click"),
    "repeated": N_("Same article again within half an hour"),
}
COLUMNS: Mapping[str, str] = {
    "report": N_("Report"),
    "notes": N_("Notes"),
    "day": N_("Day"),
    "hour": N_("Hour"),
    "week": N_("Week from"),
    "month": N_("Month"),
    "site": N_("Site"),
    "slot": N_("Ad slot"),
    "advertiser": N_("Advertiser"),
    "campaign": N_("Campaign"),
    "creative": N_("Creative"),
    "city": N_("City"),
    "device": N_("Device"),
    "currency": N_("Currency"),
    "requests": N_("Requests"),
    "unfilled": N_("Unfilled"),
    "impressions": N_("Impressions"),
    "viewable": N_("Viewable impressions"),
    "clicks": N_("Clicks"),
    "invalid": N_("Invalid"),
    "spend": N_("Spend"),
}
