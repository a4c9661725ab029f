export type Metadata = Record<string, string>;
export type Nullable<T> = T | null;

export interface Base<T extends string> {
  id: string;
  object: T;
  created: number;
}

export interface List<T> {
  object: 'list';
  data: T[];
  has_more: boolean;
  url: string;
}
