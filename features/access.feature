Feature: Who may do what
  Calls without the right key, and URIs that the service cannot use, are
  refused and leave nothing behind.
  API reference: Training-Key and the error document.

  @CVSI-ACCESS-01 @should
  Rule: A missing or wrong Training-Key answers 401 and has no effect

    Scenario: An attempt to create a project without a key
      Given an integrated project
      When someone attempts to create a project without a key
      Then the answer is 401
      And no project is created
      And nothing is written to any queue or container

    Scenario: An attempt to create a project with a wrong key
      Given an integrated project
      When someone attempts to create a project with a wrong key
      Then the answer is 401
      And no project is created
      And nothing is written to any queue or container

  @CVSI-ACCESS-02 @should
  Rule: A malformed storage URI is refused

    @notifications
    Scenario Outline: An attempt to use <uri> as the queue
      Given an integrated project
      When someone attempts to create a project with the queue URI "<uri>"
      Then the answer refuses it with a JSON error
      And no project is created

      Examples:
        | uri                                  |
        | not a uri                            |
        | ftp://example.invalid/account/queue  |

    @backup
    Scenario Outline: An attempt to use <uri> as the container
      Given an integrated project
      When someone attempts to create a project with the container URI "<uri>"
      Then the answer refuses it with a JSON error
      And no project is created

      Examples:
        | uri                                      |
        | not a uri                                |
        | ftp://example.invalid/account/container  |

  @CVSI-ACCESS-03 @should @notifications
  Rule: A queue that does not exist or cannot be written is refused

    Scenario: An attempt to use a queue that does not exist
      Given an integrated project
      When someone attempts to create a project with a missing queue
      Then the answer refuses it with a JSON error
      And no project is created

    Scenario: An attempt to use a queue that cannot be written
      Given an integrated project
      When someone attempts to create a project with a forbidden queue
      Then the answer refuses it with a JSON error
      And no project is created

  @CVSI-ACCESS-04 @should @backup
  Rule: A container that does not exist or cannot be written is refused

    Scenario: An attempt to use a container that does not exist
      Given an integrated project
      When someone attempts to create a project with a missing container
      Then the answer refuses it with a JSON error
      And no project is created

    Scenario: An attempt to use a container that cannot be written
      Given an integrated project
      When someone attempts to create a project with a forbidden container
      Then the answer refuses it with a JSON error
      And no project is created
