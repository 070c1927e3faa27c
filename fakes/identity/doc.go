// Package identity is a fake of the endpoint that gives a program in Azure App
// Service the tokens of its managed identity, for programs that find their
// credentials by themselves, such as those that use DefaultAzureCredential. [New]
// gives an http.Handler; listener and port are the caller's, and
// [Endpoint.Environment] is what the program has to find in its environment.
//
// The protocol is that of the REST endpoint reference of "How to use managed
// identities for App Service and Azure Functions" (learn.microsoft.com,
// app-service/overview-managed-identity): GET with api-version and resource in the
// query and X-IDENTITY-HEADER in the header. A token is a signed JWT with the
// claims of Microsoft Entra's version 1.0 for an application, which is what storage
// asks for, and what Azurite takes that was started with --oauth basic over https.
//
// # What is not modelled
//
//   - User-assigned identities: who asks for one is told that there is none.
//   - Roles: the token says who calls, and nothing of what is allowed.
//   - Other hosts' endpoints (virtual machines, Azure Arc, Service Fabric).
//
// Stop extending it where it would have to know what a token is used for.
package identity
