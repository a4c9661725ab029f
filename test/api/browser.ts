import type { App } from '../../api/http/app-type.ts';

/** Does what a browser does with forms: it keeps cookies and sends a page's token with its forms. */
export class Browser {
  private readonly app: App;
  private readonly jar = new Map<string, string>();
  csrf = '';

  constructor(app: App) {
    this.app = app;
  }

  private keep(header: string | string[] | undefined): void {
    for (const line of [header ?? []].flat()) {
      const [pair = ''] = line.split(';');
      const [name = '', value = ''] = pair.split('=');
      if (value === '') this.jar.delete(name);
      else this.jar.set(name, value);
    }
  }

  private cookies(): string {
    return [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async get(url: string, headers: Record<string, string> = {}) {
    const reply = await this.app.inject({ url, headers: { cookie: this.cookies(), ...headers } });
    this.keep(reply.headers['set-cookie']);
    this.csrf = /name="_csrf" value="([^"]+)"/.exec(reply.body)?.[1] ?? this.csrf;
    return reply;
  }

  async post(url: string, fields: Record<string, string> = {}, csrf = this.csrf) {
    const payload = new URLSearchParams({ ...fields, _csrf: csrf }).toString();
    const headers = { cookie: this.cookies(), 'content-type': 'application/x-www-form-urlencoded' };
    const reply = await this.app.inject({ method: 'POST', url, payload, headers });
    this.keep(reply.headers['set-cookie']);
    return reply;
  }
}
