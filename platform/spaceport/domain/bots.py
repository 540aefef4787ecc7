"""Names that programs of ours call themselves by."""

#: The hub, when it asks an app what can be called: gateways neither count nor wake anything for it.
HUB_AGENT = "Spaceport-Hub"
