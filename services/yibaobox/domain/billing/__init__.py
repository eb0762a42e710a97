"""Billing (征缴): bills that follow from enrolments, orders at payment channels, payments, refunds due, receipts.

A *bill* is one amount to pay for one participation and benefit year; a higher tier is another bill for the difference.
An *order* asks one payer for a bill's amount through one channel. A *payment* is money that came in: it is applied to
its bill, at most one, or lies in suspense until it is returned. A *receipt* tells what was paid for a year altogether.
What the amounts are is decided elsewhere (`policy`), and the books are kept elsewhere (`ledger`).

The modules are the nouns: `bills`, `orders`, `payments`, `receipts`, `sessions`, `corrections` (of the tier),
`requests` (for a refund), `waivers`, `handovers`.
"""
