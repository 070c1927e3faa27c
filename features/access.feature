Feature: Access control
  A call without the right key, and a URI that the service cannot use, are
  rejected with an error and have no effect.
  API reference: Training-Key and the error document.

  Background:
    Given a project with storage integration

  @CVSI-ACCESS-01 @should
  Rule: A missing or wrong Training-Key is rejected with 401 and has no effect
    No project is created, and no queue or container of the run is written to.

    Scenario: An attempt to create a project without a Training-Key
      When a client attempts to create a project without a Training-Key
      Then the response status is 401
      And no project of that name exists, and the existing project is still listed
      And no queue or container of the run is written to

    Scenario: An attempt to create a project with a wrong Training-Key
      When a client attempts to create a project with a wrong Training-Key
      Then the response status is 401
      And no project of that name exists, and the existing project is still listed
      And no queue or container of the run is written to

  @CVSI-ACCESS-02 @should
  Rule: A malformed storage URI is rejected
    The response is a 4xx with a JSON error document (`code`, `message`). No project is created.

    @notifications
    Scenario Outline: An attempt to use <uri> as the queue
      When a client attempts to create a project with the queue URI "<uri>"
      Then the response is a 4xx with a JSON error document
      And no project of that name exists, and the existing project is still listed

      Examples:
        | uri                                  |
        | not a uri                            |
        | ftp://example.invalid/account/queue  |

    @backup
    Scenario Outline: An attempt to use <uri> as the container
      When a client attempts to create a project with the container URI "<uri>"
      Then the response is a 4xx with a JSON error document
      And no project of that name exists, and the existing project is still listed

      Examples:
        | uri                                      |
        | not a uri                                |
        | ftp://example.invalid/account/container  |

  @CVSI-ACCESS-03 @should @notifications
  Rule: A queue that does not exist or cannot be written to is rejected
    The response is a 4xx with a JSON error document (`code`, `message`). No project is created.

    Scenario: An attempt to use a queue that does not exist
      When a client attempts to create a project with the URI of a queue that does not exist
      Then the response is a 4xx with a JSON error document
      And no project of that name exists, and the existing project is still listed

    Scenario: An attempt to use a queue that the service may not write to
      When a client attempts to create a project with the URI of a queue that the service may not write to
      Then the response is a 4xx with a JSON error document
      And no project of that name exists, and the existing project is still listed

  @CVSI-ACCESS-04 @should @backup
  Rule: A container that does not exist or cannot be written to is rejected
    The response is a 4xx with a JSON error document (`code`, `message`). No project is created.

    Scenario: An attempt to use a container that does not exist
      When a client attempts to create a project with the URI of a container that does not exist
      Then the response is a 4xx with a JSON error document
      And no project of that name exists, and the existing project is still listed

    Scenario: An attempt to use a container that the service may not write to
      When a client attempts to create a project with the URI of a container that the service may not write to
      Then the response is a 4xx with a JSON error document
      And no project of that name exists, and the existing project is still listed

  @CVSI-ACCESS-08 @should
  Rule: The name of the key's header is compared without regard to case
    RFC 9110 says so of all header names.

    Scenario Outline: A client sends the key in the header <header>
      When a client reads the project with the key in the header "<header>"
      Then the response is 200 with a project that has an id

      Examples:
        | header       |
        | training-key |
        | TRAINING-KEY |
