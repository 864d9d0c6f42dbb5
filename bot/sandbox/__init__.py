"""A stand-in Slack workspace and mailbox on loopback, for trying Signoff and for its tests.

It speaks real HTTP and SMTP, and is as strict as Slack: it checks tokens, blocks, trigger ids and response urls,
signs what it sends, and gives the app three seconds to answer.
"""
