/** What a client counts. */
export interface ClientCounters {
  /** Answers that came when their caller had given up. */
  lateAnswers: number;
  /** One-way messages that were accepted for sending and certainly never taken by the server. */
  lostOneways: number;
  /** Calls that were sent a second time. */
  retries: number;
}
