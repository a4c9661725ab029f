/** Where landing zones are made: an organization in AWS with its Identity Center. */
export interface LandingZones {
  /** The organizational unit, or the root, that the accounts are made in. */
  readonly parentId: string;
  /** AWS writes to the owner of an account there. Each account has this address with its customer's id after a "+". */
  readonly email: string;
  readonly identityCenterArn: string;
  readonly identityStoreId: string;
  /** Of Identity Center, and where calls to the organization go. */
  readonly region: string;
  /** The program of Pulumi's provider for AWS. */
  readonly plugin: string;
  /** What the AWS SDK and Pulumi's provider sign in with: variables whose names begin with `AWS_`. */
  readonly credentials: Readonly<Record<string, string>>;
}
