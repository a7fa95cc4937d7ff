/** Gives a link to a section of the runbooks, as Markdown. */
export interface Runbooks {
  /** @param path page and anchor, such as `runbooks/dns.md#dns_timeout` */
  link(label: string, path: string): string;
}

/**
 * @param base where the checkout is readable, such as `https://github.com/OWNER/REPOSITORY/blob/main`; without
 * one the path in the repository is written
 */
export const runbooksAt = (base: string | undefined): Runbooks => ({
  link: (label, path) =>
    base === undefined ? `${label}: \`${path}\`` : `[${label}](${base.replace(/\/$/, '')}/${path})`,
});
