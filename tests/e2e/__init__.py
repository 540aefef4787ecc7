"""
Whole scenarios on real parts, on both engines.

Where the scenarios of the design paper are played (S11, S12, S14, S15, S18 and S20 are in part or not at all here):

S1 first demo: browser, road. S2 bad push: road. S3 card at the door, S4 its keys: card, preload, road (start limit).
S5 sleep and wake: sleep, browser_sleep. S6 pauses: sleep. S7 logs: logs, browser_sleep. S8 secrets: secrets.
S9 rollback: deployments. S10 rebuilds: rebuild. S13 private: private.
S16 frames and addresses: browser, deployments (rename). S17 lines: builds, sleep (room). S19 kills: faults, restarts.
"""
