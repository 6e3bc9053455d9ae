<?php
/**
 * The settings page, for administrators.
 */

namespace Adserver;

const PAGE = 'adserver';

function add_settings_page(): void {
	add_options_page( __( 'Ad server', 'adserver' ), __( 'Ad server', 'adserver' ), 'manage_options', PAGE, __NAMESPACE__ . '\settings_page' );
}

function with_settings_link( $links ) {
	$address = esc_url( admin_url( 'options-general.php?page=' . PAGE ) );
	return array_merge( array( "<a href=\"$address\">" . esc_html__( 'Settings', 'adserver' ) . '</a>' ), (array) $links );
}

function register_settings(): void {
	register_setting(
		PAGE,
		OPTION,
		array(
			'type'              => 'array',
			'sanitize_callback' => __NAMESPACE__ . '\checked',
			'default'           => DEFAULTS,
		)
	);
	foreach ( sections() as $section => list( $title, $fields ) ) {
		add_settings_section( $section, $title, '__return_null', PAGE );
		foreach ( $fields as $name => list( $label, $note ) ) {
			$arguments = array(
				'name'      => $name,
				'note'      => $note,
				'label_for' => "adserver-$name",
			);
			add_settings_field( $name, $label, __NAMESPACE__ . '\settings_field', PAGE, $section, $arguments );
		}
	}
}

/** The fields by section: label, and a note that explains. */
function sections(): array {
	return array(
		'server'   => array(
			__( 'Ad server', 'adserver' ),
			array(
				'base'        => array( __( 'Address', 'adserver' ), __( 'As readers reach it, such as https://ads.example', 'adserver' ) ),
				'site'        => array( __( 'Site', 'adserver' ), __( 'The key of this site in the inventory', 'adserver' ) ),
				'reserve'     => array( __( 'Keep places free', 'adserver' ), __( 'Nothing moves when an ad arrives', 'adserver' ) ),
				'count_views' => array( __( 'Count article views', 'adserver' ), __( 'The article is the post with its number', 'adserver' ) ),
			),
		),
		'places'   => array(
			__( 'Automatic places in articles', 'adserver' ),
			array(
				'before'      => array( __( 'Slot before the article', 'adserver' ), __( 'A slot’s name; empty for none', 'adserver' ) ),
				'inside'      => array( __( 'Slot inside the article', 'adserver' ), __( 'Never beside a heading, picture or embed', 'adserver' ) ),
				'paragraph'   => array( __( 'After paragraph', 'adserver' ), __( 'A negative number counts from the end', 'adserver' ) ),
				'every'       => array( __( 'Again after', 'adserver' ), __( 'Paragraphs; 0 for once only', 'adserver' ) ),
				'most'        => array( __( 'At most', 'adserver' ), __( 'Ads inside one article', 'adserver' ) ),
				'least'       => array( __( 'Only from', 'adserver' ), __( 'Paragraphs on; shorter articles have none', 'adserver' ) ),
				'after'       => array( __( 'Slot after the article', 'adserver' ), __( 'A slot’s name; empty for none', 'adserver' ) ),
				'feed'        => array( __( 'Slot in feeds', 'adserver' ), __( 'An image with its link at the end of each article', 'adserver' ) ),
				'without_ads' => array( __( 'Categories without ads', 'adserver' ), __( 'Their slugs, parted by commas: disasters, obituaries', 'adserver' ) ),
			),
		),
		'targeting' => array(
			__( 'Targeting', 'adserver' ),
			array(
				'sections'   => array( __( 'Section', 'adserver' ), __( 'Sends the categories’ slugs as section', 'adserver' ) ),
				'keywords'   => array( __( 'Keywords', 'adserver' ), __( 'Sends the tags as keyword', 'adserver' ) ),
				'city_field' => array( __( 'City', 'adserver' ), __( 'The custom field that holds an article’s city', 'adserver' ) ),
			),
		),
	);
}

/** Cleans what the form sent, and says what was wrong with it. WordPress has checked the nonce and the capability. */
function checked( $given ): array {
	$kept  = cleaned( $given );
	$given = is_array( $given ) ? $given : array();
	if ( '' === $kept['base'] && '' !== trim( (string) ( $given['base'] ?? '' ) ) ) {
		add_settings_error( OPTION, 'base', __( 'The address must read like https://ads.example', 'adserver' ) );
	}
	foreach ( array( 'site', 'before', 'inside', 'after', 'feed' ) as $name ) {
		if ( '' === $kept[ $name ] && '' !== trim( (string) ( $given[ $name ] ?? '' ) ) ) {
			/* translators: %s: what was typed */
			add_settings_error( OPTION, $name, sprintf( __( '“%s” is no name of a site or slot', 'adserver' ), esc_html( $given[ $name ] ) ) );
		}
	}
	return $kept;
}

function settings_field( array $arguments ): void {
	$name  = $arguments['name'];
	$note  = $arguments['label_for'] . '-note';
	$input = attributes(
		array(
			'id'               => $arguments['label_for'],
			'name'             => OPTION . "[$name]",
			'aria-describedby' => $note,
		) + input_attributes( $name, options()[ $name ] )
	);
	echo "<input$input>"; // phpcs:ignore WordPress.Security.EscapeOutput
	printf( '<p class="description" id="%s">%s</p>', esc_attr( $note ), esc_html( $arguments['note'] ) );
}

/** What is typed or ticked for a value of its sort, not escaped. */
function input_attributes( string $name, $value ): array {
	if ( is_bool( $value ) ) {
		return array(
			'type'    => 'checkbox',
			'value'   => '1',
			'checked' => $value,
		);
	}
	if ( is_int( $value ) ) {
		return array(
			'type'  => 'number',
			'class' => 'small-text',
			'value' => $value,
		);
	}
	return array(
		'type'       => 'base' === $name ? 'url' : 'text',
		'class'      => 'regular-text code',
		'value'      => is_array( $value ) ? implode( ', ', $value ) : $value,
		'spellcheck' => 'false',
	);
}

function settings_page(): void {
	if ( ! current_user_can( 'manage_options' ) ) {
		return;
	}
	echo '<div class="wrap"><h1>' . esc_html( get_admin_page_title() ) . '</h1><form action="options.php" method="post">';
	settings_fields( PAGE );
	do_settings_sections( PAGE );
	submit_button();
	echo '</form></div>';
}
