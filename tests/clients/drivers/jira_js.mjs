// What follows the settings: a day's work with `jira.js`. `jira` and `agile` are the clients that they made.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

const bytes = await readFile(process.env.WALK_FILE);
const text = (words) => ({ type: 'doc', version: 1, content: [{ type: 'paragraph', content: [{ type: 'text', text: words }] }] });

const made = await jira.issues.createIssue({
  fields: { project: { key: 'ACME' }, issuetype: { name: 'Task' }, summary: 'Refund a ticket', description: text('Money *back*.') },
});
const key = made.key;
await jira.issues.editIssue({ issueIdOrKey: key, fields: { summary: 'Refund a ticket at once', labels: ['money'] } });
const comment = await jira.issueComments.addComment({ issueIdOrKey: key, body: text('Which tickets?') });
const { transitions } = await jira.issues.getTransitions({ issueIdOrKey: key });
await jira.issues.doTransition({ issueIdOrKey: key, transition: { id: transitions.find((one) => one.name === 'In Progress').id } });
const [uploaded] = await jira.issueAttachments.addAttachment({ issueIdOrKey: key, attachments: { filename: 'receipt.bin', content: bytes } });
const downloaded = await jira.issueAttachments.getAttachmentContent({ id: uploaded.id });
const atOnce = await jira.issueAttachments.getAttachmentContent({ id: uploaded.id, redirect: false });

const boards = await agile.board.getAllBoards({ name: 'ACME' });
const sprints = await agile.board.getAllSprints({ boardId: boards.values[0].id, state: 'active' });
await agile.sprint.moveIssuesToSprintAndRank({ sprintId: sprints.values[0].id, issues: [key] });
const me = await jira.myself.getCurrentUser();
await jira.issues.assignIssue({ issueIdOrKey: key, accountId: me.accountId });

const found = await jira.issueSearch.searchAndReconsileIssuesUsingJqlPost({
  jql: 'project = ACME AND text ~ "refund" ORDER BY created DESC', fields: ['summary'],
});
const pages = [];
let nextPageToken;
do {
  const page = await jira.issueSearch.searchAndReconsileIssuesUsingJql({
    jql: 'project in (ACME, SHOP) ORDER BY key', maxResults: 5, fields: ['summary'], nextPageToken,
  });
  pages.push(page.issues.map((one) => one.key));
  nextPageToken = page.nextPageToken;
} while (nextPageToken);

const seen = await jira.issues.getIssue({ issueIdOrKey: key });
const history = await jira.issues.getChangeLogs({ issueIdOrKey: key });
const digest = async (content) => {
  const blob = content instanceof Blob ? Buffer.from(await content.arrayBuffer()) : Buffer.from(content);
  return createHash('sha256').update(blob).digest('hex');
};
const words = (document) => document.content.map((block) => block.content.map((one) => one.text).join('')).join('\n');
console.log(JSON.stringify({
  me: me.displayName,
  key,
  self: seen.self,
  summary: seen.fields.summary,
  description: words(seen.fields.description),
  labels: seen.fields.labels,
  status: seen.fields.status.name,
  assignee: seen.fields.assignee.displayName,
  comment_author: comment.author.displayName,
  comments: seen.fields.comment.comments.map((one) => words(one.body)),
  attachment: [await digest(downloaded), await digest(atOnce)],
  boards: boards.values.map((board) => board.name),
  sprint: sprints.values[0].name,
  found: found.issues.map((one) => one.key),
  pages,
  history: history.values.map((one) => [one.author.displayName, one.items.map((item) => item.field)]),
}));
