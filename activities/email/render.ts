import { html } from 'ghtml';
import mjml2html from 'mjml';
import type { Mail, MailFacts } from '../../infra/product/define-mail.ts';
import { sayMail } from '../../infra/product/say-mail.ts';

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Of buttons, unless the brand has one. */
const COLOUR = '#1d4ed8';

/** Renders both parts. What people typed is escaped in the html part and cannot break a header. */
export async function renderMail<Facts extends Pick<MailFacts, 'brand' | 'publicUrl'>>(
  mail: Mail<Facts>,
  facts: Facts,
): Promise<RenderedMail> {
  const { name, colour = COLOUR } = facts.brand;
  const { subject, paragraphs, actions } = sayMail(mail, facts);
  const text = [...paragraphs, ...actions.map(({ label, url }) => `${label}: ${url}`), name].join('\n\n');
  const body = html`<mjml lang="en">
    <mj-head
      ><mj-title>${subject}</mj-title
      ><mj-attributes
        ><mj-all font-family="Helvetica, Arial, sans-serif" /><mj-text
          font-size="16px"
          line-height="24px" /></mj-attributes
    ></mj-head>
    <mj-body background-color="#f4f5f7"
      ><mj-section background-color="#ffffff"
        ><mj-column>
          <mj-text font-size="20px" font-weight="bold">${subject}</mj-text>
          !${paragraphs.map((paragraph) => html`<mj-text>${paragraph}</mj-text>`)}
          !${actions.map(({ label, url }) => html`<mj-button background-color="${colour}" href="${url}">${label}</mj-button>`)}
          <mj-text color="#4b5563" font-size="13px">${name}</mj-text>
        </mj-column></mj-section
      ></mj-body
    >
  </mjml>`;
  const rendered = await mjml2html(body, { validationLevel: 'strict' });
  return { subject, text, html: rendered.html };
}
