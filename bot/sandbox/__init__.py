"""A stand-in Slack workspace and mailbox on loopback, for trying Signoff and for its tests.

It speaks real HTTP, WebSocket and SMTP, and is as strict as Slack: it checks tokens and their scopes, blocks, trigger
ids and response urls, signs what it sends, gives the app three seconds to answer, and keeps to Slack's rate limits
when it is asked to.
"""
