/**
 * An error whose message is for the user.
 * @module
 */

/** Its message is complete: what happened, where, and what to do. It is printed without a stack trace. */
export class UserError extends Error {}
