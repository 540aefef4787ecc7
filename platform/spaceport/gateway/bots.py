"""Visitors that are no use of a Space: search engines, link previews and probes. They do not wake it."""

import re
from functools import lru_cache

from spaceport.domain.bots import HUB_AGENT
from spaceport.gateway.wire import RequestHeaders

#: Parts of User-Agent headers, as their makers publish them. Programs of people (python-requests, curl) are not here,
#: and no bare "bot" either: a chat bot that calls a Space is its user.
_KNOWN = (
    # Search engines and collectors.
    r"googlebot|google-inspectiontool|googleother|adsbot-google|mediapartners-google|bingbot|bingpreview|slurp"
    r"|duckduckbot|baiduspider|yandex(?:bot|images|metrika)|sogou web spider|exabot|applebot|petalbot|seznambot"
    r"|ahrefs(?:bot|siteaudit)|semrushbot|mj12bot|dotbot|rogerbot|blexbot|dataforseobot|serpstatbot|ia_archiver"
    r"|archive\.org_bot|gptbot|oai-searchbot|claudebot|anthropic-ai|ccbot|bytespider|perplexitybot|amazonbot"
    r"|meta-externalagent|diffbot|censysinspect|expanse, a palo alto|zgrab|masscan|internetmeasurement",
    # Previews of links in messages.
    r"facebookexternalhit|facebot|twitterbot|linkedinbot|slackbot|slack-imgproxy|discordbot|telegrambot|whatsapp"
    r"|skypeuripreview|mattermost-bot|mastodon/|pinterestbot|redditbot|embedly|iframely",
    # Probes.
    r"uptimerobot|pingdom|statuscake|site24x7|better ?(?:uptime|stack)|betterstack|updown\.io|hetrixtools|uptime-kuma"
    r"|nodeping|datadog(?:synthetics|/synthetics)|newrelicpinger|googlestackdrivermonitoring|blackbox[ -]exporter"
    r"|kube-probe|elb-healthchecker|googlehc|checkly|freshping|cron-job\.org|montastic|monitis|zabbix|nagios"
    rf"|{HUB_AGENT}"
    r"|check_http|prometheus/|amazon-route53-health-check|consul health check|azure traffic manager",
)
_BOT = re.compile("|".join(_KNOWN).encode(), re.IGNORECASE)


@lru_cache(maxsize=256)
def is_bot(headers: RequestHeaders) -> bool:
    """Whether the one who asks calls itself by the name of a known bot."""
    return _BOT.search(headers.first(b"user-agent") or b"") is not None
