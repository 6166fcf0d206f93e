/** What a report consists of: the same as data, as Markdown, and as a page. */

import type { Request, Run } from '../request.ts';
import { documentOf, jsonOf } from './document.ts';
import { markdownOf } from './markdown.ts';
import { pageOf } from './page.ts';

/** The files of the report of a run: name => text. */
export function reportFiles(request: Request, run: Run): Readonly<Record<string, string>> {
  const document = documentOf(request, run);
  return {
    'report.json': jsonOf(document),
    'report.md': markdownOf(document),
    'report.html': pageOf(document),
  };
}
